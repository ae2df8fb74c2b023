// What a handler is given beside state and input: all of it follows from the assignment of the message.
import type { Instant } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { seededRandom } from "../base/seeded-random.ts";
import type { HandlerContext } from "./definition.ts";
import type { SlotMessage } from "./slot-message.ts";

export class MessageContext implements HandlerContext {
  readonly now: Instant;
  readonly slot: number;
  readonly process: string;
  readonly messageId: string;
  #random: Random | undefined;

  constructor(message: SlotMessage) {
    this.now = message.timestamp;
    this.slot = message.slot;
    this.process = message.process;
    this.messageId = message.messageId;
  }

  /** By message and slot, not by process: a fork draws the same numbers in the history that it shares. */
  get random(): Random {
    this.#random ??= seededRandom(`${this.messageId}/${this.slot}`);
    return this.#random;
  }
}
