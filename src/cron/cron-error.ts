// The one error of this folder: an expression that cannot be read, and exactly where.
import { EscapementError } from "../base/errors.ts";
import type { CronField } from "./cron.ts";

export interface CronFault {
  /** The whole text, as given. */
  readonly expression: string;
  /** `"expression"` when no single field is at fault. */
  readonly field: CronField | "expression";
  /** Where in the text, counted from 1. */
  readonly position: number;
  /** The part that cannot be read. */
  readonly value: string;
}

export class CronError extends EscapementError {
  readonly field: CronField | "expression";
  readonly position: number;

  /** `reason` goes on from the text: `minute must be 0–59, but field 1 says 61`. */
  constructor(reason: string, fault: CronFault) {
    super("cron.invalid", `Cannot read cron ${JSON.stringify(fault.expression)}: ${reason}.`, {
      details: { ...fault },
    });
    this.name = "CronError";
    this.field = fault.field;
    this.position = fault.position;
  }
}
