// What makes two records the same: namespace, content with its type, parents and metadata. Not the id and not the time.
import { createHash, hash } from "node:crypto";
import type { PackedContent } from "./content.ts";

export interface Fingerprinted extends PackedContent {
  readonly namespace: string;
  readonly parents: readonly string[];
  /** Canonical JSON text. */
  readonly metadata?: string | undefined;
}

/** SHA-256 in hexadecimal digits. */
export function fingerprint(record: Fingerprinted): string {
  const { namespace, contentType, form, parents, metadata = "{}", body } = record;
  const head = JSON.stringify([namespace, contentType, form, parents, metadata]);
  if (typeof body === "string") return hash("sha256", `${head}\n${body}`, "hex");
  return createHash("sha256").update(`${head}\n`).update(body).digest("hex");
}

/** The id of a record that is named by what it is. */
export function contentAddress(print: string): string {
  return `sha256:${print}`;
}
