// What a handler threw, on the wire: with its stack where one looks at one thing, without it in lists.
import { z } from "zod";
import type { ErrorData } from "../base/errors.ts";
import { json, type View } from "./view.ts";

const fields = {
  name: z.string(),
  message: z.string(),
  code: z.string().exactOptional(),
  details: z.record(z.string(), json).exactOptional(),
};

export const errorView: View<ErrorData> = z.object({
  ...fields,
  stack: z.string().exactOptional(),
} satisfies Record<keyof ErrorData, z.ZodType>);

export const briefErrorView: View<ErrorData> = z.object(fields);
