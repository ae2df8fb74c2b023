// Changes of a task that no single plan shows: what registering, starting and finishing do to each other.
import { expect, test } from "vitest";
import { createTask, fireTask, replaceTask, startTask, stopTask } from "./change-task.ts";
import { ruleOf } from "./rule-of.ts";
import type { TaskDefinition } from "./task.ts";

const hour = 3_600_000;
const noon = Date.UTC(2026, 0, 1, 12);

function aDefinition(fields: Partial<TaskDefinition> = {}): TaskDefinition {
  return {
    id: "t",
    name: "t",
    type: "interval",
    schedule: "1h",
    enabled: true,
    action: "a:b",
    params: {},
    ...fields,
  };
}

/** A task that may run once, and has. */
function spent() {
  const definition = aDefinition({ maxRuns: 1 });
  const created = createTask({ id: "t", definition, enabled: true }, noon);
  const fired = fireTask(created, { rule: ruleOf("t", created.definition), now: noon + hour, live: [] });
  return { definition, fired };
}

test("[TSK-60] a task whose runs are spent is not due again, whether it is registered or started anew", () => {
  const { definition, fired } = spent();
  expect(fired.runs).toHaveLength(1);
  expect(fired.state.nextDue).toBeUndefined();
  const again = replaceTask(fired.state, { id: "t", definition, enabled: true }, noon + 2 * hour);
  expect(again.nextDue).toBeUndefined();
  const started = startTask(stopTask(fired.state), ruleOf("t", fired.state.definition), noon + 3 * hour);
  expect(started.state.nextDue).toBeUndefined();
});

test("[TSK-61] a task registered again unchanged keeps version, cursor and next time", () => {
  const definition = aDefinition();
  const created = createTask({ id: "t", definition, enabled: true }, noon);
  const again = replaceTask(created, { id: "t", definition, enabled: true }, noon + 60_000);
  expect(again).toEqual(created);
});

test("[TSK-62] a changed schedule starts from now, a changed policy does not", () => {
  const created = createTask({ id: "t", definition: aDefinition(), enabled: true }, noon);
  const policy = replaceTask(
    created,
    { id: "t", definition: aDefinition({ overlap: "allow" }), enabled: true },
    noon + 60_000,
  );
  expect([policy.version, policy.cursor]).toEqual([2, noon]);
  const schedule = replaceTask(
    created,
    { id: "t", definition: aDefinition({ schedule: "2h" }), enabled: true },
    noon + 60_000,
  );
  expect([schedule.version, schedule.cursor, schedule.nextDue]).toEqual([
    2,
    noon + 60_000,
    noon + 60_000 + 2 * hour,
  ]);
});
