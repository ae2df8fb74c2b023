// What --help says, made from the commands themselves. Pure.
import type { Command, Option } from "./command.ts";

const width = 100;

/** Everything there is, on one screen. */
export function overviewHelp(commands: readonly Command[], version: string): string {
  const alone = commands.filter(({ name }) => !name.includes(" "));
  const nouns = [
    ...new Set(commands.filter(({ name }) => name.includes(" ")).map(({ name }) => nounOf(name))),
  ];
  const usages = alone.map((one) => [usageOf(one), one.summary] as const);
  const groups = nouns.map((noun) => [noun, verbsOf(commands, noun).join(" ")] as const);
  return [
    `escapement ${version}: durable schedules and runs on one SQLite file`,
    "",
    ...columns(usages, "  escapement "),
    "",
    "With a server that runs (--url, default http://127.0.0.1:4040):",
    ...columns(groups, "  escapement "),
    "",
    "escapement COMMAND --help tells more, with examples.",
    "Exit codes: 0 done, 2 wrong input, 3 not found, 4 conflict, 5 not available, 1 anything else.",
  ].join("\n");
}

/** The commands of one noun. */
export function nounHelp(commands: readonly Command[], noun: string): string {
  const own = commands.filter(({ name }) => nounOf(name) === noun);
  return [
    ...columns(
      own.map((one) => [usageOf(one), one.summary] as const),
      "escapement ",
    ),
    "",
    `escapement ${noun} VERB --help tells more, with examples.`,
  ].join("\n");
}

export function commandHelp(one: Command): string {
  const options = Object.entries(one.options).map(
    ([name, option]) => [optionText(name, option), option.help] as const,
  );
  return [
    `escapement ${usageOf(one)}${options.length > 0 ? " [options]" : ""}`,
    "",
    ...wrap(sentence(one.summary), width),
    ...(one.about === undefined ? [] : ["", ...wrap(one.about, width)]),
    ...(options.length === 0 ? [] : ["", ...columns(options, "  ")]),
    "",
    "Examples:",
    ...one.examples.map((example) => `  escapement ${example}`),
  ].join("\n");
}

export function verbsOf(commands: readonly Command[], noun: string): readonly string[] {
  return commands.filter(({ name }) => nounOf(name) === noun).map(({ name }) => name.slice(noun.length + 1));
}

export function nounOf(name: string): string {
  return name.split(" ")[0] ?? name;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function usageOf({ name, words }: Command): string {
  return [name, ...words].join(" ");
}

function optionText(name: string, { short, value, multiple }: Option): string {
  const flag = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return `${flag}${value === undefined ? "" : ` ${value}`}${multiple === true ? " …" : ""}`;
}

/** Two columns; what does not fit beside the first goes on under itself. */
function columns(rows: readonly (readonly [string, string])[], lead: string): readonly string[] {
  const left = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, text]) => {
    const [first = "", ...rest] = wrap(text, width - lead.length - left - 2);
    const indent = " ".repeat(lead.length + left + 2);
    return [`${lead}${name.padEnd(left)}  ${first}`, ...rest.map((line) => indent + line)];
  });
}

function wrap(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
