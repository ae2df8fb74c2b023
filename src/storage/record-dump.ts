// Under which terms a record of a copy is to be found: the index is made anew, because it is no data of its own.
import type { Facets } from "../record/facets.ts";
import type { DumpRow } from "./dump.ts";
import { formOf, indexedAs } from "./record-row.ts";
import { text } from "./row.ts";

/** undefined for what is purged. */
export function termsOfDumped(facets: Facets, row: DumpRow): string | undefined {
  if (row["purged_seq"] !== null) return undefined;
  const { bytes, body, metadata } = row;
  const terms = indexedAs(facets, {
    namespace: text(row["namespace"]),
    form: formOf(row["form"]),
    body: typeof bytes === "string" ? Buffer.from(bytes, "hex") : text(body),
    ...(typeof metadata === "string" ? { metadata } : {}),
  });
  return row["forgotten_seq"] === null ? terms.live : terms.forgotten;
}
