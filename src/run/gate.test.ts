import { expect, test } from "vitest";
import type { Controls } from "./controls.ts";
import { gateOf, isGated, readGateScope, refusalOf, type Gate } from "./gate.ts";

function shut(...scopes: readonly string[]): ReadonlyMap<string, Gate> {
  const gates = scopes.map((scope): Gate => ({ scope, mode: "stepper", actor: "user:ann", at: 0 }));
  return new Map(gates.map((gate) => [gate.scope, gate]));
}

function controls(given: Partial<Controls> = {}): Controls {
  return { switches: new Map(), clusters: new Map(), gates: new Map(), ...given };
}

test.each(["all", "action:mail:send", "task:t 1", "process:counter", "process:counter/room/1"])(
  "[GAT-1] %s is a scope",
  (scope) => {
    expect(readGateScope(scope)).toBe(scope);
  },
);

test.each([
  "",
  "All",
  "all ",
  "cluster:c1",
  "task:",
  "run:1",
  "action:kill_switch:disable",
  `task:${"x".repeat(400)}`,
  7,
  undefined,
])("[GAT-1] %s is refused as a scope", (scope) => {
  expect(() => readGateScope(scope)).toThrow(expect.objectContaining({ code: "gate.invalid" }));
});

const target = { action: "mail:send", taskId: "t1" };

test("[GAT-2] a run is held by a gate on everything, its action or its task, and by no other", () => {
  for (const scope of ["all", "action:mail:send", "task:t1"]) expect(gateOf(shut(scope), target)).toBe(scope);
  for (const scope of ["action:mail", "task:t", "task:mail:send", "process:t1"])
    expect(gateOf(shut(scope), target)).toBeUndefined();
  expect(gateOf(shut("task:t1", "all"), target)).toBe("all");
});

test("[GAT-15] an action that works the switches is held by none", () => {
  expect(gateOf(shut("all", "task:t1"), { action: "cluster:enable", taskId: "t1" })).toBeUndefined();
});

test("[GAT-9] a scope is held as a whole by a gate at it or around it", () => {
  expect(isGated(shut("all"), "task:t1")).toBe(true);
  expect(isGated(shut("process:counter"), "process:counter/room/1")).toBe(true);
  expect(isGated(shut("process:counter/room"), "process:counter/room/1")).toBe(false);
  expect(isGated(shut("task:t1"), "all")).toBe(false);
  expect(isGated(shut("process:count"), "process:counter")).toBe(false);
});

test("[GAT-10] a switch over the whole scope goes before a conflict, until its end", () => {
  const killed = { scope: "all", reason: "drill", actor: "user:ann", at: 0, until: 100 };
  const held = controls({ gates: shut("task:t1"), switches: new Map([["all", killed]]) });
  const ask = (now: number, expectedHead?: number): unknown =>
    refusalOf("task:t1", expectedHead, { controls: held, now, movedAt: 7 });
  expect([ask(99, 6), ask(100, 6), ask(100, 7), ask(100)]).toEqual([
    "switch",
    "conflict",
    undefined,
    undefined,
  ]);
});
