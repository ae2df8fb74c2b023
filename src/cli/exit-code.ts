// How the program ends: the family of an error decides the exit code.
import { EscapementError, type ErrorFamily } from "../base/errors.ts";

const codes: Readonly<Record<ErrorFamily, number>> = {
  input: 2,
  missing: 3,
  conflict: 4,
  unavailable: 5,
  broken: 1,
};

/** 0 is for what went well; 1 for anything that is none of the others. */
export function exitCodeOf(error: unknown): number {
  return EscapementError.is(error) ? codes[error.family] : 1;
}
