// The id of a message: a ULID, which sorts by the time of sending, and a digest of what the message says. The chain
// links the ids, so a message whose name or input was altered later no longer fits its own id.
//
//   id = ULID "." base64url( first 16 bytes of SHA-256( ULID ‖ 0 ‖ name ‖ 0 ‖ input as JSON text ) )
import { hash } from "node:crypto";

/** `input` is the very text that is stored. */
export function messageIdOf(ulid: string, name: string, input: string): string {
  return `${ulid}.${hash("sha256", `${ulid}\0${name}\0${input}`, "buffer").toString("base64url", 0, 16)}`;
}

/** Whether a stored message is the one that was sent. */
export function fitsMessageId(messageId: string, name: string, input: string): boolean {
  const dot = messageId.indexOf(".");
  return dot > 0 && messageIdOf(messageId.slice(0, dot), name, input) === messageId;
}
