import { describe, expect, test } from "vitest";
import { controlView } from "../../src/contract/control.ts";
import { eventView } from "../../src/contract/journal.ts";
import {
  assignmentView,
  historyPage,
  processView,
  replayView,
  verifyView,
} from "../../src/contract/process.ts";
import { runPage, runView } from "../../src/contract/run.ts";
import { taskView } from "../../src/contract/task.ts";
import type { View } from "../../src/contract/view.ts";
import type { ControlStatus } from "../../src/control/control.ts";
import type { Event } from "../../src/journal/event.ts";
import type { Assignment, HistoryItem, ProcessInfo } from "../../src/processes/views.ts";
import type { Run } from "../../src/run/run.ts";
import type { Task } from "../../src/task/task.ts";

const at = new Date("2026-03-29T01:30:00.250Z");

/** Every property, the optional ones too: a new one does not compile until it is here. */
const task: Required<Task> = {
  id: "a",
  name: "A",
  type: "cron",
  schedule: "0 3 * * *",
  enabled: true,
  action: "say:hello",
  params: { deep: [1, null, { x: "y" }] },
  timezone: "Europe/Paris",
  dst: "shift",
  dayMatch: "and",
  anchor: at,
  every: "wall",
  overlap: "queue one",
  maxConcurrent: 2,
  missed: "all",
  missedWindow: 60_000,
  missedLimit: 5,
  jitter: 1_000,
  startAt: at,
  endAt: at,
  maxRuns: 9,
  exclude: ["2026-12-25"],
  passes: 3,
  pauseOnFailure: true,
  priority: -1,
  retry: { attempts: 2, delay: 100, factor: 1.5, maxDelay: 1_000, jitter: false },
  timeout: 5_000,
  cluster: "c",
  tags: ["t"],
  lastRun: at,
  nextRun: at,
  runCount: 4,
  errorCount: 1,
  lastError: "no",
  pausedNote: "why",
  version: 7,
};

const run: Required<Run> = {
  id: "r",
  action: "say:hello",
  params: 5,
  state: "failed",
  taskId: "a",
  scheduledFor: at,
  dueAt: at,
  startedAt: at,
  finishedAt: at,
  attempt: 1,
  maxAttempts: 3,
  pass: 2,
  progress: 0.5,
  result: null,
  error: {
    name: "Error",
    message: "no",
    code: "run.conflict",
    stack: "Error: no\n at x",
    details: { a: [1] },
  },
  reason: "failed",
  key: "k",
  fifo: "f",
  priority: 3,
  node: "n",
  parentId: "p",
  tags: [],
};

const event: Required<Event> = {
  seq: 1,
  id: "e1",
  replayKey: "process:p:1:process.sent",
  at,
  kind: "run.failed",
  category: "run",
  actor: "system",
  subject: "run:r",
  parent: "task:a",
  commit: "c1",
  from: "clients",
  to: "queue",
  trigger: "direct",
  call: "link",
  chain: "00ff",
  label: "x",
  durationMs: 1.5,
  severity: "error",
  data: { a: 1 },
};

const control: ControlStatus = {
  killed: [{ scope: "all", reason: "why", actor: "user:x", at, until: at }],
  clusters: [
    { id: "c", enabled: false, label: "C", reason: "why", limit: { limit: 1, perMs: 60_000, burst: 2 } },
  ],
  gates: [{ scope: "all", mode: "stepper", actor: "user:x", at, reason: "why" }],
};

const assignment: Assignment = {
  process: "talk/a b/é",
  slot: 5,
  messageId: "m.x",
  timestamp: at,
  chain: "ab",
  previous: "",
};

const process: Required<ProcessInfo> = {
  id: "talk/a",
  slots: 9,
  handled: 5,
  timestamp: at,
  version: "2",
  parked: { slot: 5, error: run.error },
  forkedFrom: { process: "talk/b", at: 3 },
  node: "n",
  createdAt: at,
};

const { stack: _stack, ...briefError } = run.error;
const entry: Required<HistoryItem> = {
  assignment,
  message: { name: "say", input: [null], key: "k", actor: "user:x", parent: "run:r" },
  version: "2",
  patch: [
    { op: "add", path: "/a~1b", value: { deep: [1] } },
    { op: "remove", path: "/c" },
  ],
  inverse: [{ op: "replace", path: "", value: null }],
  output: null,
  error: briefError,
  effects: [
    { kind: "enqueue", action: "mail:send", input: 1, options: { delay: 5, tags: ["t"] } },
    { kind: "send", process: "talk", id: "b", message: "say", input: {} },
    { kind: "remember", record: { content: "x" } },
    { kind: "publish", topic: "t", payload: null },
  ],
};

function cross<Value>(view: View<Value>, value: Value): Value {
  return view.parse(JSON.parse(JSON.stringify(view.encode(value))));
}

describe("views", () => {
  test("[HTP-1] every field of a process and of its history reads back as it was", () => {
    expect(cross(assignmentView, assignment)).toEqual(assignment);
    expect(cross(processView, process)).toEqual(process);
    expect(cross(historyPage, { items: [entry], next: "6" })).toEqual({ items: [entry], next: "6" });
    const report = {
      slots: 1,
      firstDifference: { slot: 1, what: "state", path: "/a", was: 1, is: 2 },
    } as const;
    expect(cross(replayView, report)).toEqual(report);
    const bad = { ok: false, slots: 1, firstBad: 1, reason: "message" } as const;
    expect(cross(verifyView, bad)).toEqual(bad);
  });

  test("[HTP-1] every field of a task, a run, an event and the control plane reads back as it was", () => {
    expect(cross(taskView, task)).toEqual(task);
    expect(cross(runView, run)).toEqual(run);
    expect(cross(eventView, event)).toEqual(event);
    expect(cross(controlView, control)).toEqual(control);
  });

  test("[HTP-1] instants travel as ISO 8601 in UTC", () => {
    expect(taskView.encode(task)).toMatchObject({ nextRun: "2026-03-29T01:30:00.250Z" });
  });

  test("[HTP-9] a list of runs has no stacks", () => {
    const page = cross(runPage, { items: [run], next: "x" });
    const { stack: _stack, ...error } = run.error;
    expect(page).toEqual({ items: [{ ...run, error }], next: "x" });
  });
});
