// How records are listed: which, in which order, from where on.
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { checkOptions } from "../base/options.ts";
import { quote } from "../base/quote.ts";
import type { Facets, Metadata } from "../record/facets.ts";
import type { RecordFilter } from "../storage/records.ts";
import type { Abortable } from "./abortable.ts";
import { invalid, readNamespace } from "./new-record.ts";

export interface ListOptions extends Abortable {
  readonly namespace?: string;
  /** Only ids that begin exactly so. */
  readonly idPrefix?: string;
  /** Only records whose metadata has each of these values, alone or in a list; of a list, all of them. */
  readonly where?: Metadata;
  /** Only records kept at this time or later. */
  readonly since?: InstantLike;
  /** Default `newest`. */
  readonly order?: "newest" | "oldest";
  /** The `next` of the page before. */
  readonly after?: string;
  /** 0 to 10,000; default 100. */
  readonly limit?: number;
}

const fields = ["namespace", "idPrefix", "where", "since", "order", "after", "limit", "signal"];
const largestPage = 10_000;
const defaultPage = 100;

/** Throws `memory.invalid`. */
export function readListOptions(options: ListOptions, facets: Facets): RecordFilter {
  checkOptions(options, fields, { code: "memory.invalid", what: "Cannot list records." });
  const { namespace, idPrefix, where, since, order = "newest" } = options;
  if (order !== "newest" && order !== "oldest")
    throw invalid(`Cannot list in order ${quote(order)}: write "newest" or "oldest".`);
  if (idPrefix !== undefined && (typeof idPrefix !== "string" || !idPrefix.isWellFormed()))
    throw invalid(`Cannot list ids that begin with ${quote(idPrefix)}: give a text of whole characters.`);
  const after = readCursor(options.after);
  const isFiltered = where !== undefined && Object.keys(where).length > 0;
  return {
    order,
    limit: readLimit(options.limit),
    marks: isFiltered ? facets.filter(namespace, where) : [],
    ...(namespace === undefined ? {} : { namespace: readNamespace(namespace) }),
    ...(idPrefix === undefined ? {} : { idPrefix }),
    ...(since === undefined ? {} : { sinceAt: parseInstant(since) }),
    ...(after === undefined ? {} : { after }),
  };
}

export function readLimit(limit: number = defaultPage): number {
  if (Number.isInteger(limit) && limit >= 0 && limit <= largestPage) return limit;
  throw invalid(`Cannot list ${quote(limit)} at once: give a whole number from 0 to ${largestPage}.`);
}

export function readCursor(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  if (typeof after === "string" && /^\d{1,15}$/.test(after)) return Number(after);
  throw invalid(`Cannot go on behind ${quote(after)}: pass the "next" of the page before as it was given.`);
}
