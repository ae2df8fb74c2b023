// Values of options and words, read into what they stand for. Each throws `cli.invalid`, which names what was given.
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";

export function readWhole(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw fault(option, text, `write a whole number from ${min} to ${max}`);
}

/** A slot of a process. */
export function readSlot(option: string, text: string): number {
  return readWhole(option, text, 0, Number.MAX_SAFE_INTEGER);
}

export function readInteger(option: string, text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw fault(option, text, "write a whole number");
}

export function readNumber(option: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw fault(option, text, "write a number");
}

export function readJson(option: string, text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fault(option, text, `it is not JSON: ${why}`);
  }
}

export function readChoice<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw fault(option, text, `write one of ${choices.join(", ")}`);
}

function fault(option: string, text: string, why: string): EscapementError {
  return new EscapementError("cli.invalid", `Cannot read ${option} ${JSON.stringify(text)}: ${why}.`);
}
