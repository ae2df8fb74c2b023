// A record as a caller gives it, read into the row that is kept. Refuses what could not be found again as it was written.
import { EscapementError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import type { IdSource } from "../base/id.ts";
import { encodeJson } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import { packContent, textOf, type Content } from "../record/content.ts";
import type { Facets, Metadata } from "../record/facets.ts";
import { contentAddress, fingerprint } from "../record/fingerprint.ts";
import { termsOf } from "../record/terms.ts";
import type { NewRecordRow } from "../storage/records.ts";

export interface NewRecord {
  /** Default: a new one that sorts after those before it. The same id twice is the same record, or refused. */
  readonly id?: string;
  /** Default `default`. */
  readonly namespace?: string;
  /** Text, any JSON value, or bytes; up to 1 MiB. */
  readonly content: Content;
  /** Default `text/plain`, `application/json` or `application/octet-stream`. */
  readonly contentType?: string;
  /** Ids of the records that this one follows from; they need not be there yet. */
  readonly parents?: readonly string[];
  /** JSON, up to 16 KiB. What stands on its first level is filtered by with `where`. */
  readonly metadata?: Metadata;
}

const recordFields = ["id", "namespace", "content", "contentType", "parents", "metadata"];
export const defaultNamespace = "default";
const largestMetadataBytes = 16_384;
const longestId = 512;
const longestName = 200;
const mostParents = 1_000;

interface Reading {
  readonly newId: IdSource;
  readonly facets: Facets;
  /** Name the record by what it is. */
  readonly contentAddressed: boolean;
  readonly payloadLimit: number | undefined;
}

/** Throws `memory.invalid` and `memory.too-large`. */
export function readNewRecord(
  given: NewRecord,
  { newId, facets, contentAddressed, payloadLimit }: Reading,
): NewRecordRow {
  checkOptions(given, recordFields, { code: "memory.invalid", what: "Cannot keep a record." });
  const namespace = readNamespace(given.namespace ?? defaultNamespace);
  const packed = packContent(given.content, readContentType(given.contentType), payloadLimit);
  const parents = readParents(given.parents);
  const { text: metadata, marks } = facets.describe(readMetadata(given.metadata));
  const { form, body, contentType } = packed;
  const print = fingerprint({ namespace, form, body, contentType, parents, metadata });
  const id = contentAddressed ? contentAddress(print) : given.id === undefined ? newId() : readId(given.id);
  if (contentAddressed && given.id !== undefined && given.id !== id)
    throw invalid(`Cannot name a record ${quote(given.id)} and by its content: leave one of the two out.`);
  const terms = [facets.namespace(namespace), ...marks, ...termsOf(textOf(form, body))].join(" ");
  const row = { id, namespace, contentType, form, body, print, parents, terms };
  return metadata === undefined ? row : { ...row, metadata };
}

/** An id, exactly as it was written: never trimmed, folded or normalised. */
export function readId(id: unknown): string {
  return readName(id, "a record", longestId);
}

export function readNamespace(namespace: unknown): string {
  return readName(namespace, "a namespace", longestName);
}

export function readName(name: unknown, what: string, longest: number): string {
  if (typeof name !== "string" || name.length === 0 || name.length > longest)
    throw invalid(`Cannot name ${what} ${quote(name)}: a name is a text of 1 to ${longest} characters.`);
  if (!name.isWellFormed() || name.includes("\0"))
    throw invalid(`Cannot name ${what} ${quote(name)}: it holds half a character or a character 0.`);
  return name;
}

function readContentType(contentType: unknown): string | undefined {
  if (contentType === undefined) return undefined;
  if (
    typeof contentType === "string" &&
    /^[\w.+-]+\/[\w.+-]+(?:;[\u0020-\u007E]*)?$/.test(contentType) &&
    contentType.length <= longestName
  )
    return contentType;
  throw invalid(`Cannot read content type ${quote(contentType)}: write it like "text/markdown".`);
}

function readParents(parents: unknown): readonly string[] {
  if (parents === undefined) return [];
  if (!Array.isArray(parents) || parents.length > mostParents)
    throw invalid(
      `Cannot read the parents ${quote(parents).slice(0, longestName)}: give a list of up to ${mostParents} ids.`,
    );
  return [...new Set(parents.map(readId))];
}

/** JSON text of an object. */
function readMetadata(metadata: unknown): string {
  if (metadata === undefined) return "{}";
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    throw invalid(`Cannot keep ${quote(metadata).slice(0, longestName)} as metadata: give an object.`);
  const text = encodeJson(metadata, largestMetadataBytes);
  // Whatever says itself what it is in JSON may say that it is no object.
  return text.startsWith("{") ? text : readMetadata(JSON.parse(text));
}

export function invalid(message: string): EscapementError {
  return new EscapementError("memory.invalid", message);
}
