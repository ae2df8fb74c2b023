// The small parts of requests: instants, durations, numbers in a query. Each refuses with a message that says
// what to write, and names the field by where it stands.
import { z } from "zod";
import { parseDuration, type Duration } from "../base/duration.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";

/** What a request is read with: unknown in, `Value` out. */
export type Input<Value> = z.ZodType<Value>;

/** An instant as it is given, held against `parseInstant`; digits in a query are milliseconds. */
export const instantInput: Input<InstantLike> = z
  .union([z.string(), z.number()], "write ISO 8601 text or milliseconds since 1970")
  .transform((value) => (typeof value === "string" && /^-?\d{5,}$/.test(value) ? Number(value) : value))
  .superRefine((value, context) => refuse(context, () => parseInstant(value)))
  .meta({ description: "ISO 8601 or ms since 1970" });

export const durationInput: Input<Duration> = z
  .union([z.string(), z.number()], 'write milliseconds, or text like "30s"')
  .superRefine((value, context) => refuse(context, () => parseDuration(value)))
  .meta({ description: 'milliseconds or text like "30s"' });

/** A whole number in a query. */
export const wholeQuery: Input<number> = z
  .string()
  .regex(/^\d{1,15}$/, "write a whole number")
  .transform(Number)
  .meta({ description: "a whole number" });

/** A whole number in a body. */
export const wholeNumber: Input<number> = z.int().min(0);

export const flagQuery: Input<boolean> = z.enum(["true", "false"]).transform((text) => text === "true");

export const largestPage = 1_000;

export const limitQuery: Input<number> = wholeQuery
  .refine((limit) => limit >= 1 && limit <= largestPage, `write a whole number from 1 to ${largestPage}`)
  .meta({ description: `1 to ${largestPage}` });

/** For requests without any field. */
export const nothing: Input<Readonly<Record<string, never>>> = z.strictObject({});

function refuse(context: z.RefinementCtx, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
  }
}
