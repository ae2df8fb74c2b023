// One command of the command line: its words, its options and what it does, as data. Help, parsing and the reference
// are made from this; a command itself only acts.
import { parseArgs } from "node:util";
import { cliFault } from "./cli-fault.ts";
import type { Output } from "./output.ts";

export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in help: `--port NUMBER`. */
  readonly value?: string;
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** What was given, by option name. */
export type Values<Options extends OptionTable> = ReturnType<
  typeof parseArgs<{ readonly options: Options; readonly allowPositionals: true }>
>["values"];

/** What a command acts on. */
export interface Invocation<Options extends OptionTable = OptionTable> {
  readonly values: Values<Options>;
  /** As many as the command names; an optional one may be missing. */
  readonly words: readonly string[];
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface CommandHead {
  /** `start` or `tasks list`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name: `ID`, or `[INPUT]` when it may be missing. */
  readonly words: readonly string[];
  /** More to say than the summary does. */
  readonly about?: string;
  /** Without the program's name: `tasks list --json`. */
  readonly examples: readonly string[];
}

export interface CommandOptions<Options extends OptionTable> extends CommandHead {
  readonly options: Options;
  run(call: Invocation<Options>): Promise<void>;
}

export interface Command extends CommandHead {
  readonly options: OptionTable;
  run(args: readonly string[], context: Omit<Invocation, "values" | "words">): Promise<void>;
}

export function command<const Options extends OptionTable>(described: CommandOptions<Options>): Command {
  return {
    ...described,
    async run(args, context) {
      const { values, words } = readArguments(described, args);
      await described.run({ ...context, values, words });
    },
  };
}

/** Throws `cli.invalid`. */
function readArguments<Options extends OptionTable>(
  described: CommandOptions<Options>,
  args: readonly string[],
): { readonly values: Values<Options>; readonly words: readonly string[] } {
  const { name, options, words } = described;
  const { values, positionals } = parse(name, options, args);
  const needed = words.filter((word) => !word.startsWith("["));
  const missing = needed[positionals.length];
  if (missing !== undefined) throw cliFault(name, `it needs ${missing}`);
  if (positionals.length > words.length) {
    throw cliFault(name, `${JSON.stringify(positionals[words.length])} is one word too many`);
  }
  return { values, words: positionals };
}

function parse<Options extends OptionTable>(name: string, options: Options, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw cliFault(name, parseFault(error), error);
  }
}

/** The messages of Node are long and speak of how it parses; the first sentence says what is wrong. */
function parseFault(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /^Unknown option '([^']+)'/.exec(message)?.[1];
  if (unknown !== undefined) return `there is no option ${unknown}`;
  const bare = /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument missing/.exec(message)?.[1];
  if (bare !== undefined) return `${bare} needs a value`;
  const dashed = /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument is ambiguous/.exec(message)?.[1];
  if (dashed !== undefined)
    return `${dashed} needs a value, and one that begins with a dash is written ${dashed}=-…`;
  const first = /^(.*?)[.\n]/.exec(message)?.[1] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1);
}
