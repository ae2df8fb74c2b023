// A path names what is asked for and what to do with it: `self.data.get`, `self.data.table.note.list`. Segments are split by
// dots; the last is the verb.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

export interface Path {
  readonly place: readonly string[];
  readonly verb: string;
}

const segment = /^[A-Za-z_][\w-]*$/;

/** Throws `path.invalid`, with the position of the first character that does not belong there. */
export function parsePath(text: string): Path {
  if (typeof text !== "string") throw invalid(quote(text), "a path is a text", 0);
  const segments = text.split(".");
  let position = 0;
  for (const one of segments) {
    if (!segment.test(one)) {
      const wrong = one === "" ? 0 : Math.max(0, one.search(/[^\w-]|^[^A-Za-z_]/));
      throw invalid(
        quote(text),
        "a segment begins with a letter and has letters, digits, _ and -",
        position + wrong,
      );
    }
    position += one.length + 1;
  }
  const verb = segments.at(-1);
  if (verb === undefined || segments.length < 3)
    throw invalid(quote(text), 'it has three segments or more, like "self.data.get"', text.length);
  return { place: segments.slice(0, -1), verb };
}

export function formatPath({ place, verb }: Path): string {
  return [...place, verb].join(".");
}

function invalid(path: string, why: string, position: number): EscapementError {
  return new EscapementError("path.invalid", `Cannot read path ${path} at position ${position}: ${why}.`, {
    details: { position },
  });
}
