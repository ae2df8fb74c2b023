import { EventEmitter } from "node:events";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LiveScreen, type TerminalStream } from "./live-screen.ts";
import type { LiveView } from "./live-view.ts";
import { renderFrame } from "./render-frame.ts";

/** As much of a terminal as the screen uses: it keeps rows of text and the modes that are on. */
class Terminal extends EventEmitter implements TerminalStream {
  columns = 60;
  rows = 12;
  full = false;
  written: string[] = [];
  lines: string[] = [];
  readonly modes = new Set(["25", "7"]);

  write(text: string): boolean {
    this.written.push(text);
    let row = 0;
    for (const [, mode, on, line, erase, plain = ""] of text.matchAll(
      // oxlint-disable-next-line no-control-regex -- escape sequences are what this reads
      /\u001b\[\?(\d+)([hl])|\u001b\[(\d+);1H|\u001b\[(2J|K)|\u001b\[[0-9;]*m|([^\u001b]+)/g,
    )) {
      if (mode !== undefined) this.modes[on === "h" ? "add" : "delete"](mode);
      if (line !== undefined) row = Number(line) - 1;
      if (erase === "2J") this.lines = [];
      if (erase === "K") this.lines[row] = "";
      this.lines[row] = (this.lines[row] ?? "") + plain;
    }
    return !this.full;
  }
}

function setup(): { terminal: Terminal; screen: LiveScreen; suspended: string[] } & Disposable {
  const terminal = new Terminal();
  const suspended: string[] = [];
  const suspend = (): void => void suspended.push([...terminal.modes].sort().join());
  const screen = new LiveScreen(terminal, { color: true, unicode: true, suspend });
  return { terminal, screen, suspended, [Symbol.dispose]: () => screen.stop() };
}

function view(uptimeMs: number, names: readonly string[] = ["one"]): LiveView {
  return {
    title: "escapement",
    storage: "sqlite",
    uptimeMs,
    tasks: names.map((name) => ({ id: name, name, nextInMs: 1, enabled: true, runCount: 0, errorCount: 0 })),
    runsPerSecond: [],
    samples: [],
    counts: { waiting: 0, running: 0, succeeded: 0, failed: 0 },
    events: [],
  };
}

function frameOf(shown: LiveView, terminal: Terminal): string[] {
  const { columns, rows } = terminal;
  return renderFrame(shown, { columns, rows, color: false, unicode: true });
}

test("[LIV-17] after every draw the terminal shows the frame", () => {
  const anyView = fc.tuple(
    fc.nat(1e7),
    fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 9 }),
  );
  fc.assert(
    fc.property(fc.array(anyView, { maxLength: 60 }), (views) => {
      using world = setup();
      world.screen.start();
      for (const [uptimeMs, names] of views) {
        const shown = view(uptimeMs, names);
        world.screen.draw(shown);
        expect(world.terminal.lines.map((line) => line.trimEnd())).toEqual(frameOf(shown, world.terminal));
      }
    }),
    { numRuns: 50 },
  );
});

test("[LIV-17] only lines that changed are written", () => {
  using world = setup();
  world.screen.start();
  world.screen.draw(view(60_000));
  world.terminal.written = [];
  world.screen.draw(view(61_000));
  expect(world.terminal.written.join("").match(/;1H/g)).toHaveLength(1);
  world.terminal.written = [];
  world.screen.draw(view(61_000));
  expect(world.terminal.written).toEqual([]);
});

test("[LIV-17] what something else has written over the view is healed after a while", () => {
  using world = setup();
  world.screen.start();
  world.screen.draw(view(60_000));
  world.terminal.lines[3] = "a stray warning";
  for (let draws = 0; draws < 60; draws++) world.screen.draw(view(60_000));
  expect(world.terminal.lines[3]).not.toContain("stray");
});

test("[LIV-18] the terminal is left as it was found, once", () => {
  using world = setup();
  const before = process.listenerCount("exit");
  world.screen.draw(view(0));
  expect(world.terminal.written).toEqual([]);
  world.screen.start();
  world.screen.start();
  expect([...world.terminal.modes]).toEqual(["1049"]);
  world.screen.stop();
  const written = world.terminal.written.length;
  expect(world.terminal.modes).toEqual(new Set(["25", "7"]));
  world.screen.stop();
  world.screen.draw(view(1));
  world.terminal.emit("resize");
  expect(world.terminal.written).toHaveLength(written);
  expect(process.listenerCount("exit")).toBe(before);
  expect(world.terminal.eventNames()).toEqual([]);
});

test("[LIV-18] an error that ends the process finds the terminal given back", () => {
  using world = setup();
  world.screen.start();
  const emitter: EventEmitter = process;
  emitter.emit("uncaughtExceptionMonitor", new Error("boom"), "uncaughtException");
  expect(world.terminal.modes).toEqual(new Set(["25", "7"]));
  const written = world.terminal.written.length;
  world.screen.stop();
  expect(world.terminal.written).toHaveLength(written);
});

test("[LIV-19] a change of size paints everything anew", () => {
  using world = setup();
  world.screen.start();
  world.screen.draw(view(60_000));
  Object.assign(world.terminal, { columns: 100, rows: 30, lines: ["rubbish"] });
  world.terminal.emit("resize");
  expect(world.terminal.lines.map((line) => line.trimEnd())).toEqual(frameOf(view(60_000), world.terminal));
});

test("[LIV-19] in the background the terminal belongs to others", () => {
  using world = setup();
  world.screen.start();
  world.screen.draw(view(60_000));
  process.emit("SIGTSTP");
  expect(world.suspended).toEqual(["25,7"]);
  world.terminal.written = [];
  world.screen.draw(view(61_000));
  expect(world.terminal.written).toEqual([]);
  world.terminal.lines = ["$ fg"];
  process.emit("SIGCONT");
  expect([...world.terminal.modes]).toEqual(["1049"]);
  expect(world.terminal.lines.map((line) => line.trimEnd())).toEqual(frameOf(view(61_000), world.terminal));
});

test("[LIV-20] a terminal that is behind gets only the latest view", () => {
  using world = setup();
  world.screen.start();
  world.terminal.full = true;
  world.screen.draw(view(1000));
  const written = world.terminal.written.length;
  world.screen.draw(view(2000));
  world.screen.draw(view(3000));
  expect(world.terminal.written).toHaveLength(written);
  world.terminal.full = false;
  world.terminal.emit("drain");
  expect(world.terminal.lines.map((line) => line.trimEnd())).toEqual(frameOf(view(3000), world.terminal));
});

test("[LIV-20] a terminal that is gone gets nothing more", () => {
  using world = setup();
  world.screen.start();
  world.terminal.emit("error");
  const written = world.terminal.written.length;
  world.screen.draw(view(1000));
  expect(world.terminal.written).toHaveLength(written);
});
