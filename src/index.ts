// The public door: re-exports only, grouped in reading order.
export { EscapementError, type ErrorCode, type ErrorFamily, type Issue } from "./base/errors.ts";
