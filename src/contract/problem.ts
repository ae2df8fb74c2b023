// Errors on the wire: RFC 9457 problem details, with the code of the error beside the status.
import { z } from "zod";
import { isErrorCode, type ErrorCode, type Issue } from "../base/errors.ts";
import type { View } from "./view.ts";

export interface Problem {
  /** The status in words. */
  readonly title: string;
  readonly status: number;
  /** One sentence: what happened, the value, what to do. */
  readonly detail: string;
  readonly code: ErrorCode;
  /** One entry for each field that is wrong. */
  readonly issues?: readonly Issue[];
  /** The same as in the header `x-request-id` and in the server's log. */
  readonly requestId?: string;
}

export const problemView: View<Problem> = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.custom<ErrorCode>(isErrorCode),
  issues: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .readonly()
    .exactOptional(),
  requestId: z.string().exactOptional(),
} satisfies Record<keyof Problem, z.ZodType>);
