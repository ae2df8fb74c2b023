// What a caller may ask of the journal, refused in words before anything is done. Each throws `journal.invalid`.
import { EscapementError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import type { ExportOptions, ReadOptions } from "./journal.ts";
import type { BatchOptions } from "./subscription.ts";

/** More would hold up whoever else reads. */
export const largestPage = 1_000;

const filter = ["kind", "category", "subject", "actor", "audited", "q"];
const formats: ReadonlySet<unknown> = new Set(["jsonl", "text"]);

export function checkRead(options: ReadOptions): void {
  check(options, ["after", "before", "limit", ...filter], "Cannot read the journal.");
  const { limit = 1 } = options;
  if (!isWhole(limit, 1) || limit > largestPage)
    throw invalid(
      `Cannot read ${show(limit)} events at once: ask for 1 to ${largestPage} and page with "after" or "before".`,
    );
}

export function checkRange(range: { readonly from?: number; readonly to?: number }): void {
  check(range, ["from", "to", "signal"], "Cannot verify the journal.");
  refuseNumbers(range);
}

export function checkExport(options: ExportOptions): void {
  check(options, ["format", "from", "to", "signal", ...filter], "Cannot export the journal.");
  if (!formats.has(options.format))
    throw invalid(`Cannot export as ${show(options.format)}: the formats are "jsonl" and "text".`);
  refuseNumbers(options);
}

export function checkSubscription(name: string, handler: unknown, options: Partial<BatchOptions>): void {
  check(options, ["after", "kind", "category", "batch"], "Cannot subscribe to the journal.");
  if (typeof name !== "string" || !/^[\w.:/-]{1,200}$/.test(name))
    throw invalid(`Cannot subscribe as ${show(name)}: a name has 1 to 200 letters, digits and . : / - _.`);
  if (typeof handler !== "function")
    throw invalid(`Cannot hand events to ${show(handler)}: give a function (event) => …`);
  const { batch = 1, after = 0 } = options;
  if (!isWhole(batch, 1) || batch > largestPage)
    throw invalid(`Cannot hand over ${show(batch)} events at once: from 1 to ${largestPage}.`);
  if (!isWhole(after, 0)) throw invalid(`Cannot begin behind ${show(after)}: numbers are whole, from 0.`);
}

function check(options: object, known: readonly string[], what: string): void {
  checkOptions(options, known, { code: "journal.invalid", what });
}

function refuseNumbers({ from = 0, to = 0 }: { readonly from?: number; readonly to?: number }): void {
  for (const seq of [from, to])
    if (!isWhole(seq, 0)) throw invalid(`There is no event ${show(seq)}: numbers are whole, from 1.`);
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function invalid(message: string): EscapementError {
  return new EscapementError("journal.invalid", message);
}
