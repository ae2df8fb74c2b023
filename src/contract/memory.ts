// Memory on the wire: records, with bytes in base64, lineage, search and refs.
import { z } from "zod";
import type { AppendOptions, AppendResult } from "../memory/memory.ts";
import type { ForgottenRecord, Lineage, MemoryRecord } from "../memory/memory-record.ts";
import type { NewRecord } from "../memory/new-record.ts";
import type { ListOptions } from "../memory/list-options.ts";
import type { SearchHit, SearchOptions, SearchResult } from "../memory/search.ts";
import type { Content } from "../record/content.ts";
import type { Metadata } from "../record/facets.ts";
import type { Page } from "../storage/runs.ts";
import { instantInput, limitQuery, wholeQuery, type Input } from "./input.ts";
import { instant, json, pageOf, type View } from "./view.ts";

export type { MemoryRecord };

const base64 = z.literal("base64").meta({ description: "how content is written that is bytes" });
const metadata = z.record(z.string(), json);
const parents = z.array(z.string()).readonly();

const wireRecord = z.object({
  id: z.string(),
  namespace: z.string(),
  seq: z.int(),
  at: z.string().meta({ format: "date-time" }),
  content: json,
  encoding: base64.exactOptional(),
  contentType: z.string(),
  parents,
  metadata,
  source: z.object({ kind: z.literal("memory") }),
});

export const recordView: View<MemoryRecord> = z.codec(wireRecord, z.custom<MemoryRecord>(), {
  encode: (record) => ({ ...record, ...packContent(record.content), at: record.at.toISOString() }),
  decode: ({ encoding, content, at, ...record }) => ({
    ...record,
    content: unpackContent(content, encoding),
    at: new Date(at),
  }),
});

function packContent(content: Content): { content: z.infer<typeof json>; encoding?: "base64" } {
  if (!(content instanceof Uint8Array)) return { content };
  return { content: Buffer.from(content).toString("base64"), encoding: "base64" };
}

function unpackContent(content: z.infer<typeof json>, encoding: "base64" | undefined): Content {
  return encoding === undefined || typeof content !== "string"
    ? content
    : new Uint8Array(Buffer.from(content, "base64"));
}

export const recordPage: View<Page<MemoryRecord>> = pageOf(recordView);

export const appendView: View<AppendResult> = z.object({ record: recordView, created: z.boolean() });

const forgottenView: View<ForgottenRecord> = z.object({
  id: z.string(),
  namespace: z.string(),
  seq: z.int(),
  at: instant,
  parents,
  print: z.string(),
  forgotten: z.object({ at: instant, reason: z.string(), purged: z.boolean() }),
} satisfies Record<keyof ForgottenRecord, z.ZodType>);

export const lineageView: View<Lineage> = z.object({
  records: z.array(z.union([forgottenView, recordView])).readonly(),
  missing: z.array(z.string()).readonly(),
});

const hitView: View<SearchHit> = z.object({
  record: recordView,
  score: z.number(),
  ranks: z.object({ lexical: z.int().exactOptional(), vector: z.int().exactOptional() }),
});

export const searchView: View<SearchResult> = z.object({
  hits: z.array(hitView).readonly(),
  used: z.array(z.enum(["lexical", "vector"])).readonly(),
  unindexed: z.int(),
  problem: z.string().meta({ description: "why it was not searched by meaning" }).exactOptional(),
});

export const forgetView: View<{ readonly changed: boolean }> = z.object({ changed: z.boolean() });

const where: Input<Metadata> = z
  .string()
  .transform((text, context): Metadata => {
    try {
      const value: unknown = JSON.parse(text);
      const read = metadata.safeParse(value);
      if (read.success) return read.data;
    } catch {
      // said below
    }
    context.addIssue({ code: "custom", message: 'write a JSON object like {"tags":"a"}' });
    return z.NEVER;
  })
  .meta({ description: "JSON object; metadata has each value, alone or in a list" });

export const recordListQuery: Input<Omit<ListOptions, "signal">> = z.strictObject({
  namespace: z.string().exactOptional(),
  idPrefix: z.string().exactOptional(),
  where: where.exactOptional(),
  since: instantInput.exactOptional(),
  order: z.enum(["newest", "oldest"]).exactOptional(),
  after: z.string().meta({ description: "the `next` of the page before" }).exactOptional(),
  limit: limitQuery.exactOptional(),
});

export const searchQuery: Input<Omit<SearchOptions, "signal" | "text"> & { readonly text: string }> =
  z.strictObject({
    text: z.string().meta({ description: "any text; nothing in it is an operator" }),
    mode: z.enum(["hybrid", "lexical", "vector"]).exactOptional(),
    namespace: z.string().exactOptional(),
    where: where.exactOptional(),
    limit: limitQuery.exactOptional(),
  });

export const lineageQuery: Input<{ readonly maxDepth?: number }> = z.strictObject({
  maxDepth: wholeQuery.meta({ description: "0 is the record alone" }).exactOptional(),
});

export type RecordInput = NewRecord & Pick<AppendOptions, "contentAddressed" | "advance">;

export const recordInput: Input<RecordInput> = z
  .strictObject({
    id: z.string().exactOptional(),
    namespace: z.string().exactOptional(),
    content: json.refine((value) => value !== undefined, "give text, JSON, or bytes with encoding base64"),
    encoding: base64.exactOptional(),
    contentType: z.string().exactOptional(),
    parents: parents.exactOptional(),
    metadata: metadata.exactOptional(),
    contentAddressed: z
      .boolean()
      .meta({ description: "the id follows from what the record is" })
      .exactOptional(),
    advance: z
      .strictObject({ ref: z.string(), expected: z.string().nullable() })
      .meta({ description: "move this ref onto the record in the same step" })
      .exactOptional(),
  })
  .transform(({ encoding, content, ...rest }): RecordInput => ({
    ...rest,
    content: unpackContent(content, encoding),
  }));

export const forgetInput: Input<{ readonly reason: string; readonly purge?: boolean }> = z.strictObject({
  reason: z.string().min(1, "say why").max(1_000),
  purge: z.boolean().meta({ description: "take the content away for good" }).exactOptional(),
});
