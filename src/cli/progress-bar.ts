// How far something long has come, on one line of a terminal that is drawn over and over; nothing anywhere else.
import { shortNumber } from "./live/short-amounts.ts";

export interface BarStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

const width = 24;
const drawEveryMs = 100;

export class ProgressBar {
  readonly #stream: BarStream;
  readonly #elapsed: () => number;
  readonly #begun: number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #first: number | undefined;

  constructor(stream: BarStream, elapsed: () => number) {
    this.#stream = stream;
    this.#elapsed = elapsed;
    this.#begun = elapsed();
  }

  show(done: number, total: number, what: string): void {
    if (this.#stream.isTTY !== true) return;
    this.#first ??= done;
    const now = this.#elapsed();
    if (now - this.#drawnAt < drawEveryMs && done < total) return;
    this.#drawnAt = now;
    const seconds = Math.max(0.001, (now - this.#begun) / 1_000);
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const full = Math.round(share * width);
    const bar = `[${"#".repeat(full)}${"-".repeat(width - full)}]`;
    const rate = shortNumber(Math.round((done - this.#first) / seconds));
    const text = `${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${done} of ${total} rows  ${rate}/s  ${what}`;
    this.#stream.write(`\r\u001b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Leaves the line empty for what comes next. */
  end(): void {
    if (this.#stream.isTTY === true) this.#stream.write("\r\u001b[K");
  }
}
