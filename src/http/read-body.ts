// The body of a request as JSON: the right type, no larger than allowed, whole, and UTF-8.
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";

/** Whoever walks over a value does so recursively; no honest value comes near. */
const deepest = 200;

/** `{}` when there is no body. Throws `request.wrong-type`, `request.too-large` and `json.invalid`. */
export async function readBody(request: Request, limitBytes: number): Promise<Json> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const bytes = await collect(request, limitBytes);
  if (bytes.length === 0) return {};
  checkType(request.headers);
  return parse(bytes);
}

function checkType(headers: Headers): void {
  const given = headers.get("content-type") ?? "";
  const [type = "", ...parameters] = given.split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const encoding = headers.get("content-encoding") ?? "identity";
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type) && utf8 && encoding === "identity") return;
  const what =
    encoding === "identity" ? JSON.stringify(given) : `a body encoded as ${JSON.stringify(encoding)}`;
  throw new EscapementError(
    "request.wrong-type",
    `Cannot read ${what}: send JSON in UTF-8 with the header "Content-Type: application/json".`,
  );
}

async function collect(request: Request, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length;
      if (length > limitBytes) throw tooLarge(limitBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (EscapementError.is(error)) throw error;
    throw new EscapementError("request.invalid", "The body of the request broke off: send it again.", {
      cause: error,
    });
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Uint8Array): Json {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (depthOf(text) > deepest) throw new SyntaxError(`it is nested deeper than ${deepest} levels`);
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "it is not UTF-8";
    throw new EscapementError("json.invalid", `Cannot read the body as JSON: ${why}.`, { cause: error });
  }
}

/** How deep brackets are nested, those inside of texts left aside. One walk, whatever the text is. */
function depthOf(text: string): number {
  let depth = 0;
  let found = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const sign = text.charAt(index);
    if (quoted && sign === "\\") index++;
    else if (sign === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (sign === "[" || sign === "{") found = Math.max(found, ++depth);
    else if (sign === "]" || sign === "}") depth--;
  }
  return found;
}

function tooLarge(limitBytes: number): EscapementError {
  return new EscapementError(
    "request.too-large",
    `The body is larger than ${limitBytes} bytes: send less at once.`,
    { details: { limitBytes } },
  );
}
