// Puts frames on a terminal: on the alternate screen, with the cursor hidden, rewriting only the lines that changed.
// Whatever happens, the terminal is left as it was found; nothing is drawn before `start` or after `stop`.
import type { LiveView } from "./live-view.ts";
import { renderFrame } from "./render-frame.ts";
import type { TerminalAbilities } from "./terminal-abilities.ts";

/** The part of `process.stdout` that is used. */
export interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): boolean;
  on(event: "resize" | "drain" | "error", listener: () => void): unknown;
  off(event: "resize" | "drain" | "error", listener: () => void): unknown;
}

const escape = "\u001b[";
/** Alternate screen, no cursor, no automatic line break. */
const enter = `${escape}?1049h${escape}?25l${escape}?7l`;
const leave = `${escape}0m${escape}?7h${escape}?25h${escape}?1049l`;
/** A terminal that knows these shows everything between them at once; others ignore them. */
const beginFrame = `${escape}?2026h`;
const endFrame = `${escape}?2026l`;
/** Now and then everything is painted anew, which heals what something else has written over the view. */
const framesBetweenRepaints = 40;

export interface LiveScreenOptions extends TerminalAbilities {
  /** Stops the process until it is told to go on. Default: as Ctrl-Z does. */
  readonly suspend?: () => void;
}

export class LiveScreen implements Disposable {
  readonly #stream: TerminalStream;
  readonly #options: LiveScreenOptions;
  #running = false;
  #entered = false;
  #blocked = false;
  #view: LiveView | undefined;
  #shown: readonly string[] = [];
  #frames = 0;

  constructor(stream: TerminalStream, options: LiveScreenOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#stream.on("resize", this.#repaint);
    this.#stream.on("drain", this.#drained);
    this.#stream.on("error", this.#broken);
    process.on("SIGTSTP", this.#suspended);
    process.on("SIGCONT", this.#resumed);
    // An error that ends the process is printed after this, where it stays to be read.
    process.on("uncaughtExceptionMonitor", this.#leave);
    process.on("exit", this.#leave);
    this.#resumed();
  }

  /** Shows the view now, or as soon as the terminal has taken the frame before. */
  draw(view: LiveView): void {
    this.#view = view;
    if (!this.#entered || this.#blocked) return;
    const { columns = 80, rows = 24 } = this.#stream;
    const lines = renderFrame(view, { columns, rows, ...this.#options });
    if (this.#frames++ % framesBetweenRepaints === 0) this.#shown = [];
    const changes = changedLines(this.#shown, lines);
    this.#shown = lines;
    if (changes !== "") this.#blocked = !this.#stream.write(beginFrame + changes + endFrame);
  }

  stop(): void {
    if (!this.#running) return;
    this.#leave();
    this.#running = false;
    this.#stream.off("resize", this.#repaint);
    this.#stream.off("drain", this.#drained);
    this.#stream.off("error", this.#broken);
    process.off("SIGTSTP", this.#suspended);
    process.off("SIGCONT", this.#resumed);
    process.off("uncaughtExceptionMonitor", this.#leave);
    process.off("exit", this.#leave);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Once only: a second time would move the cursor of whoever writes next. */
  readonly #leave = (): void => {
    if (this.#entered) this.#stream.write(leave);
    this.#entered = false;
  };

  readonly #suspended = (): void => {
    this.#leave();
    const { suspend = () => process.kill(process.pid, "SIGSTOP") } = this.#options;
    suspend();
  };

  readonly #resumed = (): void => {
    this.#stream.write(enter);
    this.#entered = true;
    this.#repaint();
  };

  readonly #repaint = (): void => {
    this.#frames = 0;
    this.#redraw();
  };

  readonly #drained = (): void => {
    this.#blocked = false;
    this.#redraw();
  };

  /** The terminal is gone: there is nobody left to draw for. */
  readonly #broken = (): void => {
    this.#blocked = true;
  };

  #redraw(): void {
    if (this.#view !== undefined) this.draw(this.#view);
  }
}

/** Moves to each line that differs, empties it and writes it. A frame of another height clears the screen. */
function changedLines(before: readonly string[], after: readonly string[]): string {
  const cleared = before.length !== after.length;
  const parts = after.map((line, index) => {
    if (!cleared && before[index] === line) return "";
    return `${escape}${index + 1};1H${escape}K${line}`;
  });
  return (cleared ? `${escape}2J` : "") + parts.join("");
}
