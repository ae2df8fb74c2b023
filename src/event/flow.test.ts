import { expect, test } from "vitest";
import { eventKinds } from "./event.ts";
import { flowOf, parentOf, placeOf, replayKeyOf } from "./flow.ts";

test.each([
  ["user:ann", "clients"],
  ["node:a:b", "worker:a:b"],
  ["task:t/1", "task:t/1"],
  ["run:01H", "queue"],
  ["process:counter/room:1", "process:counter"],
  ["switch:action:mail:send", "control"],
  ["cluster:eu", "control"],
  ["gate:all", "control"],
  ["system", "scheduler"],
  ["note", "?"],
  ["toString", "?"],
  ["constructor:x", "?"],
  ["", "?"],
])("[RUN-52] %j stands at the place %j", (name, place) => {
  expect(placeOf(name)).toBe(place);
});

test("[RUN-52] every kind has two places, a trigger and a call, whoever acts", () => {
  for (const kind of [...Object.keys(eventKinds), "deploy.finished", "__proto__"]) {
    for (const actor of ["user:ann", "node:a", "task:t", "system", "process:p/1"]) {
      const flow = flowOf({ kind, actor, subject: "run:1" });
      expect([kind, ...Object.values(flow)].every((part) => typeof part === "string" && part !== "")).toBe(
        true,
      );
    }
  }
});

test("[RUN-52] the way of a scheduled run: its task, the queue, a worker, the history", () => {
  const told = (kind: string, actor: string): unknown[] => {
    const { from, to, trigger, call } = flowOf({ kind, actor, subject: "run:1" });
    return [from, to, trigger, call];
  };
  expect(told("run.enqueued", "task:t")).toEqual(["task:t", "queue", "timer", "link"]);
  expect(told("run.enqueued", "user:ann")).toEqual(["clients", "queue", "direct", "link"]);
  expect(told("run.started", "node:a")).toEqual(["queue", "worker:a", "hook", "moment"]);
  expect(told("run.succeeded", "node:a")).toEqual(["worker:a", "history", "async", "code"]);
  expect(told("run.failed", "system")).toEqual(["scheduler", "history", "hook", "code"]);
  expect(told("run.cancelled", "user:ann")).toEqual(["clients", "history", "direct", "moment"]);
});

test("[RUN-53] a run is caused by whoever asked for it, and its later events by the run", () => {
  const parent = (kind: string, actor: string, subject = "run:1", slot?: number): string | undefined =>
    parentOf({ kind, actor, subject }, slot);
  expect(parent("run.enqueued", "user:ann")).toBe("user:ann");
  expect(parent("run.enqueued", "system")).toBeUndefined();
  expect(parent("run.started", "node:a")).toBe("run:1");
  expect(parent("run.cancelled", "user:ann")).toBe("run:1");
  expect(parent("deploy.finished", "user:ann")).toBeUndefined();
  expect(parent("task.registered", "user:ann", "task:t")).toBeUndefined();
  expect(parent("process.sent", "user:ann", "process:p/1", 4)).toBe("user:ann");
  expect(parent("process.handled", "node:a", "process:p/1", 4)).toBe("process:p/1@4");
  expect(parent("process.resumed", "user:ann", "process:p/1")).toBeUndefined();
});

test("[RUN-55] a turn of a process has one key in all its forks, and events without a slot have none", () => {
  const key = (kind: string, subject: string, slot?: number): string | undefined =>
    replayKeyOf({ kind, actor: "node:a", subject }, slot);
  expect(key("process.handled", "process:p/1", 4)).toBe("process:p:4:process.handled");
  expect(key("process.handled", "process:p/1-fork", 4)).toBe("process:p:4:process.handled");
  expect(key("process.failed", "process:p/1", 4)).not.toBe(key("process.handled", "process:p/1", 4));
  expect(key("process.resumed", "process:p/1")).toBeUndefined();
  expect(key("run.started", "run:1", 4)).toBeUndefined();
});
