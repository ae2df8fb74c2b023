// Reads a response body: counts all of it, keeps the beginning, and stops when it grows too large.
import type { IncomingMessage } from "node:http";
import { EscapementError } from "../../base/errors.ts";
import type { Method } from "./hop.ts";

export interface BodyRules {
  readonly maxBodyBytes: number;
  readonly keepBodyBytes: number;
  readonly method: Method;
  /** Called with every piece that arrives. */
  readonly moved: () => void;
}

export interface ResponseBody {
  /** The first `keepBodyBytes` as text, in the encoding the response names. */
  readonly text: string;
  readonly bytes: number;
}

/** Throws `http.too-large`. However it ends, the connection is closed. */
export async function readBody(
  response: IncomingMessage,
  subject: string,
  rules: BodyRules,
): Promise<ResponseBody> {
  const kept: Buffer[] = [];
  let bytes = 0;
  try {
    if (announcedBytes(response, rules.method) > rules.maxBodyBytes) throw tooLarge(subject, rules);
    for await (const piece of response) {
      const chunk: Buffer = piece; // no encoding is set, so the stream yields bytes
      rules.moved();
      if (bytes < rules.keepBodyBytes) kept.push(chunk.subarray(0, rules.keepBodyBytes - bytes));
      bytes += chunk.length;
      if (bytes > rules.maxBodyBytes) throw tooLarge(subject, rules);
    }
  } finally {
    response.destroy();
  }
  return { text: decode(Buffer.concat(kept), response.headers["content-type"] ?? ""), bytes };
}

/** The answer to HEAD announces a body that will not come. */
function announcedBytes(response: IncomingMessage, method: Method): number {
  return method === "HEAD" ? 0 : Number(response.headers["content-length"] ?? 0);
}

function decode(bytes: Uint8Array, contentType: string): string {
  const [, charset = "utf-8"] = /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType) ?? [];
  // `stream` holds back a character that the limit has cut in half, instead of showing a replacement mark.
  try {
    return new TextDecoder(charset).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder().decode(bytes, { stream: true }); // a charset that nobody knows
  }
}

function tooLarge(subject: string, rules: BodyRules): EscapementError {
  const message = `${subject} sent more than ${rules.maxBodyBytes} bytes. Raise maxBodyBytes if that is meant.`;
  return new EscapementError("http.too-large", message, { details: { maxBodyBytes: rules.maxBodyBytes } });
}
