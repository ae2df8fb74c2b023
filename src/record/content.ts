// What a record holds, in the form in which it is kept: text, JSON or bytes. Text that a database would change (a lone
// surrogate, a character 0) is kept escaped, so that what is read is what was written. Never guesses a form back.
import { EscapementError } from "../base/errors.ts";
import { defaultPayloadBytes, encodeJson, type Json } from "../base/json.ts";

/** A string is text; any other JSON value is JSON; bytes are bytes. */
export type Content = Uint8Array | Json;

/** `escaped` is text written as a JSON string. */
export type ContentForm = "text" | "escaped" | "json" | "bytes";

export interface PackedContent {
  readonly form: ContentForm;
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

const defaultTypes: Readonly<Record<ContentForm, string>> = {
  text: "text/plain",
  escaped: "text/plain",
  json: "application/json",
  bytes: "application/octet-stream",
};

/** Throws `memory.invalid` and `memory.too-large`. */
export function packContent(
  content: unknown,
  contentType?: string,
  limitBytes: number = defaultPayloadBytes,
): PackedContent {
  const { form, body } = pack(content);
  checkSize(body, limitBytes);
  return { form, body, contentType: contentType ?? defaultTypes[form] };
}

function pack(content: unknown): Pick<PackedContent, "form" | "body"> {
  if (typeof content === "string") {
    if (content.isWellFormed() && !content.includes("\0")) return { form: "text", body: content };
    return { form: "escaped", body: JSON.stringify(content) };
  }
  // A copy: the caller may go on writing into its own.
  if (content instanceof Uint8Array) return { form: "bytes", body: new Uint8Array(content) };
  if (content === undefined)
    throw new EscapementError(
      "memory.invalid",
      "Cannot keep a record without content: give text, JSON or bytes.",
    );
  return { form: "json", body: encodeJson(content, Number.POSITIVE_INFINITY) };
}

function checkSize(body: string | Uint8Array, limitBytes: number): void {
  // A UTF-16 unit is at most three bytes in UTF-8: short texts need no exact count.
  if (body.length * 3 <= limitBytes) return;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body).length : body.length;
  if (bytes <= limitBytes) return;
  throw new EscapementError(
    "memory.too-large",
    `Cannot keep content of ${bytes} bytes: the limit is ${limitBytes}. Keep it elsewhere and remember where, or cut it into records with a common parent.`,
    { details: { bytes, limitBytes } },
  );
}

export function unpackContent(form: ContentForm, body: string | Uint8Array): Content {
  if (typeof body !== "string") return new Uint8Array(body);
  if (form === "text") return body;
  const value: Json = JSON.parse(body);
  return value;
}

/** The words of a record: its text, or every text and number inside its JSON. Bytes have none. */
export function textOf(form: ContentForm, body: string | Uint8Array): string {
  if (typeof body !== "string") return "";
  if (form === "text") return body;
  const found: string[] = [];
  gather(JSON.parse(body), found);
  return found.join("\n");
}

function gather(value: unknown, into: string[]): void {
  if (typeof value === "string") into.push(value);
  else if (typeof value === "number") into.push(String(value));
  else if (typeof value === "object" && value !== null)
    for (const item of Object.values(value)) gather(item, into);
}
