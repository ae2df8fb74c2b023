import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LiveEvent, LiveOutcome, LiveTask, LiveView } from "./live-view.ts";
import { renderFrame, type FrameSize } from "./render-frame.ts";
import { textWidth } from "./text-width.ts";

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const escapes = /\u001b\[[0-9;]*m/g;

function task(name: string, more: Partial<LiveTask> = {}): LiveTask {
  const last = { state: "succeeded", agoMs: 2000, durationMs: 14 } as const;
  return { id: name, name, nextInMs: 3000, enabled: true, last, runCount: 1204, errorCount: 0, ...more };
}

function view(more: Partial<LiveView> = {}): LiveView {
  return {
    title: "escapement",
    address: "http://127.0.0.1:4040",
    storage: "sqlite data/escapement.db",
    uptimeMs: 8_040_000,
    tasks: [task("host-sample"), task("nightly-retention")],
    runsPerSecond: [0, 3, 12.4],
    samples: [{ label: "cpu", unit: "%", values: [20, 30], latest: 30 }],
    counts: { waiting: 3, running: 2, succeeded: 48_201, failed: 0 },
    events: [],
    ...more,
  };
}

function size(columns: number, rows: number, more: Partial<FrameSize> = {}): FrameSize {
  return { columns, rows, color: false, unicode: true, ...more };
}

const failing = task("probe", {
  errorCount: 12,
  last: { state: "failed", agoMs: 1000, error: "answered 503" },
});

describe("any view at any size", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom("日", "👩‍💻", "🇫🇷", "\u001b[31m", "\n", "a", "❤️", "\u202e"),
      maxLength: 20,
    }),
  );
  const amount = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e12, noNaN: true }));
  const outcome: fc.Arbitrary<LiveOutcome> = fc.record(
    {
      state: fc.constantFrom("waiting", "running", "succeeded", "failed", "cancelled", "skipped"),
      agoMs: amount,
      durationMs: amount,
      error: text,
    },
    { requiredKeys: ["state", "agoMs"] },
  );
  const anyTask: fc.Arbitrary<LiveTask> = fc.record(
    {
      id: text,
      name: text,
      schedule: text,
      nextInMs: fc.option(amount),
      enabled: fc.boolean(),
      pausedNote: text,
      last: outcome,
      runCount: fc.nat(),
      errorCount: fc.nat(),
    },
    { requiredKeys: ["id", "name", "nextInMs", "enabled", "runCount", "errorCount"] },
  );
  const anyEvent: fc.Arbitrary<LiveEvent> = fc.record({
    at: fc.integer({ min: 0, max: 4e12 }),
    kind: text,
    subject: text,
    label: text,
    severity: fc.constantFrom("info", "notice", "warning", "error", "critical"),
  });
  const sample = fc.record({
    label: text,
    unit: fc.oneof(fc.constantFrom("%", "ms", "bytes", ""), text),
    values: fc.array(fc.option(amount), { maxLength: 80 }),
    latest: fc.option(amount),
  });
  const anyView: fc.Arbitrary<LiveView> = fc.record(
    {
      title: text,
      address: text,
      storage: text,
      uptimeMs: amount,
      tasks: fc.array(anyTask, { maxLength: 12 }),
      runsPerSecond: fc.array(amount, { maxLength: 80 }),
      samples: fc.array(sample, { maxLength: 5 }),
      counts: fc.record({ waiting: fc.nat(), running: fc.nat(), succeeded: fc.nat(), failed: fc.nat() }),
      events: fc.array(anyEvent, { maxLength: 12 }),
      switchOn: fc.record({ reason: text }),
      notice: text,
    },
    {
      requiredKeys: ["title", "storage", "uptimeMs", "tasks", "runsPerSecond", "samples", "counts", "events"],
    },
  );
  const anySize: fc.Arbitrary<FrameSize> = fc.record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 1, max: 60 }),
    color: fc.boolean(),
    unicode: fc.boolean(),
  });

  test("[LIV-1] the frame fills the rows and stays within the columns", () => {
    fc.assert(
      fc.property(anyView, anySize, (shown, place) => {
        const lines = renderFrame(shown, place);
        expect(lines).toHaveLength(place.rows);
        for (const line of lines)
          expect(textWidth(line.replaceAll(escapes, ""))).toBeLessThanOrEqual(place.columns);
      }),
      { numRuns: 400 },
    );
  });

  test("[LIV-3] only the view's own colours are escape sequences", () => {
    fc.assert(
      fc.property(anyView, anySize, (shown, place) => {
        const rest = renderFrame(shown, place).join("").replaceAll(escapes, "");
        expect(rest).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 200 },
    );
  });

  test("[LIV-5] without colour there is no escape sequence", () => {
    fc.assert(
      fc.property(anyView, anySize, (shown, place) => {
        expect(renderFrame(shown, { ...place, color: false }).join("")).not.toContain("\u001b");
      }),
      { numRuns: 200 },
    );
  });
});

test("[LIV-5] without Unicode the view's own signs are ASCII", () => {
  const tasks = [
    failing,
    task("a", { enabled: false }),
    task("b", { nextInMs: null }),
    ...Array(40).fill(task("c")),
  ];
  const shown = view({ tasks, switchOn: { reason: "why" }, address: "x".repeat(300) });
  for (const [columns, rows] of [
    [120, 40],
    [80, 24],
    [40, 10],
  ] as const) {
    const frame = renderFrame(shown, size(columns, rows, { unicode: false })).join("\n");
    expect(frame).toMatch(/^[\x20-\x7e\n]*$/);
  }
});

describe("tasks", () => {
  test("[LIV-8] a failing task is red and says why below", () => {
    const lines = renderFrame(view({ tasks: [failing] }), size(80, 24, { color: true }));
    const at = lines.findIndex((line) => line.includes("probe"));
    expect(lines[at]).toContain("\u001b[31m✗ probe");
    expect(lines[at + 1]).toContain("\u001b[31manswered 503");
  });

  test("[LIV-8] with no room below, the task itself is still shown", () => {
    const tasks = [failing, ...Array.from({ length: 6 }, (_, index) => task(`task ${index}`))];
    const frame = renderFrame(view({ tasks }), size(80, 10)).join("\n");
    expect(frame).toContain("task 5");
    expect(frame).not.toContain("answered 503");
  });

  test("[LIV-8] without a failure nothing is red", () => {
    const events = (["info", "notice", "warning"] as const).map((severity) => ({
      at: 0,
      kind: "run.started",
      subject: "run:1",
      label: "x",
      severity,
    }));
    const tasks = [task("a"), task("b", { enabled: false, errorCount: 3 })];
    const shown = view({ tasks, events, switchOn: { reason: "why" }, notice: "stopping" });
    expect(renderFrame(shown, size(120, 40, { color: true })).join("")).not.toContain("[31m");
  });

  test("[LIV-9] a paused task is dim and says its note", () => {
    const paused = task("sync", { enabled: false, nextInMs: null, pausedNote: "ask Maria" });
    const lines = renderFrame(view({ tasks: [paused] }), size(80, 24, { color: true }));
    const at = lines.findIndex((line) => line.includes("sync"));
    expect(lines[at]).toContain("\u001b[2m– sync");
    expect(lines[at]).toContain("paused");
    expect(lines[at + 1]).toContain("\u001b[2mask Maria");
  });

  test("[LIV-10] tasks that do not fit are counted, the failing ones apart", () => {
    const paused = { ...failing, id: "paused", enabled: false };
    const tasks = [...Array.from({ length: 29 }, (_, index) => task(`task ${index}`)), failing, paused];
    const lines = renderFrame(view({ tasks }), size(80, 24));
    const shown = lines.filter((line) => /task \d+ /.test(line)).length;
    expect(lines.join("\n")).toContain(`… ${31 - shown} more  1 failing`);
  });

  test("[LIV-13] forty columns and ten rows show the title, the counts and the tasks", () => {
    const frame = renderFrame(view(), size(40, 10)).join("\n");
    for (const part of [
      "escapement",
      "2h 14m",
      "12.4/s",
      "3 waiting",
      "2 running",
      "host-sample",
      "3s",
      "2s ago",
    ]) {
      expect(frame).toContain(part);
    }
  });
});

describe("around the tasks", () => {
  test.each([
    [40, 10],
    [80, 24],
    [160, 50],
  ])("[LIV-11] at %d by %d the switch is a bar across the width", (columns, rows) => {
    const shown = view({ switchOn: { reason: "bad deploy" } });
    const bar = renderFrame(shown, size(columns, rows, { color: true })).find((line) =>
      line.includes("SWITCH ON"),
    );
    const [, inside = ""] = (bar ?? "").split("\u001b[1;7m").map((part) => part.split("\u001b")[0]);
    expect(textWidth(inside)).toBeGreaterThanOrEqual(columns - 4);
    if (columns >= 80) expect(inside).toContain("bad deploy");
  });

  test("[LIV-12] events stand newest first, at the time of day of the zone", () => {
    const event = (at: string, label: string): LiveEvent => {
      return { at: Date.parse(at), kind: "run.started", subject: "run:1", label, severity: "info" };
    };
    const events = [event("2026-07-01T12:00:05Z", "second"), event("2026-07-01T12:00:00Z", "first")];
    const lines = renderFrame(view({ events, timezone: "Europe/Paris" }), size(80, 24));
    const at = lines.findIndex((line) => line.includes("events"));
    expect(lines[at + 1]).toMatch(/^ {2}14:00:05 {2}run\.started {2}second +run:1$/);
    expect(lines[at + 2]).toMatch(/^ {2}14:00:00 {2}run\.started {2}first +run:1$/);
  });

  test.each([10, 14, 20, 24, 30, 50])("[LIV-14] with %d rows a notice stands at the foot", (rows) => {
    const tasks = Array.from({ length: 60 }, (_, index) => task(`task ${index}`));
    const lines = renderFrame(view({ tasks, notice: "waiting for 2 runs" }), size(80, rows));
    expect(lines.slice(-2).join("")).toContain("waiting for 2 runs");
  });
});
