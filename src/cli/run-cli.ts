// Finds the command, runs it, and turns whatever happens into an exit code and, at most, a few lines on stderr.
import { cliFault } from "./cli-fault.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { exitCodeOf } from "./exit-code.ts";
import { faultText } from "./fault-text.ts";
import { commandHelp, nounHelp, nounOf, overviewHelp, verbsOf } from "./help.ts";
import { createOutput, type OutputStream } from "./output.ts";
import { version } from "../http/version.ts";

/** The world around the program; `process` fits. */
export interface Surroundings {
  readonly stdout: OutputStream;
  readonly stderr: Pick<OutputStream, "write">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** Resolves to the exit code. */
export async function runCli(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    await dispatch(args, around);
    return 0;
  } catch (error) {
    around.stderr.write(`${faultText(error)}\n`);
    return exitCodeOf(error);
  }
}

async function dispatch(args: readonly string[], { stdout, env, platform }: Surroundings): Promise<void> {
  const print = (text: string): void => void stdout.write(`${text}\n`);
  const [first] = args;
  if (first === undefined || first === "help" || isHelp(first))
    return print(overviewHelp(commands, version()));
  if (first === "--version" || first === "-v") return print(version());
  const found = findCommand(args);
  if (found === undefined) {
    if (!commands.some(({ name }) => nounOf(name) === first)) throw unknownCommand(first);
    if (args.length === 1 || args.slice(1).some(isHelp)) return print(nounHelp(commands, first));
    throw cliFault(
      "",
      `${first} has no ${JSON.stringify(args[1])}, only ${verbsOf(commands, first).join(", ")}`,
    );
  }
  const rest = args.slice(found.name.split(" ").length);
  const end = rest.indexOf("--");
  if (rest.slice(0, end < 0 ? rest.length : end).some(isHelp)) return print(commandHelp(found));
  await found.run(rest, { output: createOutput(stdout, env, platform), env });
}

function findCommand(args: readonly string[]): Command | undefined {
  return commands.find(({ name }) => {
    const words = name.split(" ");
    return words.every((word, index) => args[index] === word);
  });
}

function isHelp(arg: string): boolean {
  return arg === "--help" || arg === "-h";
}

function unknownCommand(word: string) {
  const known = [...new Set(commands.map(({ name }) => nounOf(name)))];
  const near = known.find((name) => name.startsWith(word) || word.startsWith(name));
  const hint = near === undefined ? `only ${known.join(", ")}` : `did you mean ${near}?`;
  return cliFault("", `there is no ${JSON.stringify(word)}, ${hint}`);
}
