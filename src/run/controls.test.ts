import { expect, test } from "vitest";
import { exemptActions, holdOf, type Cluster, type Controls, type KillSwitch } from "./controls.ts";

function controls(switches: readonly Partial<KillSwitch>[], clusters: readonly Cluster[] = []): Controls {
  const killed = switches.map((one) => ({ scope: "all", reason: "drill", actor: "user:ann", at: 0, ...one }));
  return {
    switches: new Map(killed.map((one) => [one.scope, one])),
    clusters: new Map(clusters.map((one) => [one.id, one])),
    gates: new Map(),
  };
}

const target = { action: "mail:send", cluster: "c1", taskId: "t1" };

test.each(["all", "cluster:c1", "action:mail:send", "task:t1"])(
  "[RUN-33] a switch on %s holds its runs",
  (scope) => {
    expect(holdOf(controls([{ scope }]), target, 5)).toBe(`switch:${scope}`);
  },
);

test.each(["cluster:c", "cluster:c11", "action:mail", "task:t2", "cluster:t1", "task:c1"])(
  "[RUN-33] a switch on %s holds no run of another name",
  (scope) => {
    expect(holdOf(controls([{ scope }]), target, 5)).toBeUndefined();
  },
);

test("[RUN-33] of several switches the widest is named", () => {
  const scopes = ["task:t1", "action:mail:send", "cluster:c1", "all"].map((scope) => ({ scope }));
  const named = scopes.map((_, index) => holdOf(controls(scopes.slice(0, index + 1)), target, 5));
  expect(named).toEqual(scopes.map(({ scope }) => `switch:${scope}`));
});

test("[RUN-34] a switch with an end holds until then, and not at it", () => {
  const held = controls([
    { scope: "all", until: 100 },
    { scope: "task:t1", until: 200 },
  ]);
  expect([99, 100, 199, 200].map((now) => holdOf(held, target, now))).toEqual([
    "switch:all",
    "switch:task:t1",
    "switch:task:t1",
    undefined,
  ]);
});

test("[RUN-35] a disabled cluster holds its runs, one that is enabled or unknown does not", () => {
  const off = controls([], [{ id: "c1", enabled: false }]);
  expect(holdOf(off, target, 5)).toBe("cluster:c1");
  expect(holdOf(off, { ...target, cluster: "c2" }, 5)).toBeUndefined();
  expect(holdOf(off, { action: "mail:send" }, 5)).toBeUndefined();
  expect(holdOf(controls([], [{ id: "c1", enabled: true }]), target, 5)).toBeUndefined();
});

test("[RUN-32] the control actions are held by nothing", () => {
  const everything = controls([{ scope: "all" }, { scope: "task:t1" }], [{ id: "c1", enabled: false }]);
  expect([...exemptActions].toSorted()).toEqual([
    "cluster:disable",
    "cluster:enable",
    "kill_switch:disable",
    "kill_switch:enable",
  ]);
  for (const action of exemptActions) expect(holdOf(everything, { ...target, action }, 5)).toBeUndefined();
  expect(holdOf(everything, { ...target, action: "rate_limit:update" }, 5)).toBe("switch:all");
});
