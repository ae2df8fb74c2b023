// A message in its slot, as the fold takes it.
import type { Instant } from "../base/clock.ts";
import type { Json } from "../base/json.ts";

export interface SlotMessage {
  /** `NAME/ID`. */
  readonly process: string;
  readonly slot: number;
  readonly messageId: string;
  readonly timestamp: Instant;
  readonly name: string;
  /** Fresh from its text: a handler may do with it what it likes. */
  readonly input: Json;
}
