// What the server sends, as codecs: encoding turns a value of the library into JSON (a Date into ISO 8601 UTC) and
// leaves out whatever the shape does not name; decoding gives the client the same value back.
import { z } from "zod";
import type { Json } from "../base/json.ts";
import type { Page } from "../storage/runs.ts";

/** `Value` on our side, JSON on the wire. */
export type View<Value> = z.ZodType<Value>;

/** The wire form has no codec of its own: it is JSON on both sides, and looking into it again would only cost. */
export const json: View<Json> = z.any().meta({ description: "any JSON value" });

export const instant: View<Date> = z.codec(z.string().meta({ format: "date-time" }), z.date(), {
  decode: (text) => new Date(text),
  encode: (at) => at.toISOString(),
});

/** Nothing is answered. */
export const none: View<undefined> = z.undefined();

export function pageOf<Item>(item: View<Item>): View<Page<Item>> {
  return z.object({
    items: z.array(item).readonly(),
    next: z
      .string()
      .meta({ description: "pass it on as the cursor; absent on the last page" })
      .exactOptional(),
  });
}
