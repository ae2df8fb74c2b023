// The commands of the gate's model test: each does the same to an engine and to the model.
import * as fc from "fast-check";
import { expect } from "vitest";
import type { Outcome } from "../../src/storage/runs.ts";
import { actions, ofRuns, processes, scopes, type Desk } from "./gate-desk.ts";
import type { Ask, GateModel, ModelRun } from "./gate-model.ts";

export type GateCommand = fc.AsyncCommand<GateModel, Desk>;

function command(name: string, act: (model: GateModel, desk: Desk) => Promise<void>): GateCommand {
  return {
    check: () => true,
    toString: () => name,
    async run(model, desk) {
      await act(model, desk);
      await desk.check();
    },
  };
}

interface Arrival {
  readonly action: string;
  readonly taskId: string | undefined;
  readonly priority: number;
  readonly delay: number;
}

function arrive(given: readonly Arrival[]): GateCommand {
  return command(`arrive(${JSON.stringify(given)})`, async (model, desk) => {
    const runs = given.map(({ action, taskId, priority, delay }) => ({
      id: desk.newId(),
      action,
      priority,
      ...(taskId === undefined ? {} : { taskId }),
      params: "null",
      scheduledFor: model.now,
      dueAt: model.now + delay,
      maxAttempts: 100,
      passes: 1,
      lanes: [],
      rates: [],
      tags: [],
    }));
    await desk.storage.runs.enqueue({ runs, actor: "system", now: model.now });
    for (const { id, action, taskId, priority, dueAt } of runs)
      model.runs.push({
        id,
        action,
        taskId,
        priority,
        dueAt,
        attempt: 0,
        state: "waiting",
        permitted: false,
      });
  });
}

function send(process: string, count: number): GateCommand {
  return command(`send(${process}, ${count})`, async (model, desk) => {
    const { now } = model;
    const messages = Array.from({ length: count }, () => ({
      process,
      id: desk.newId(),
      name: "add",
      input: "1",
    }));
    await desk.storage.processes.send({ messages, actor: "system", now, inbox: 1_000 });
    let kept = model.processes.find((one) => one.id === process);
    if (kept === undefined) model.processes.push((kept = { id: process, ats: [], folded: 0, released: 0 }));
    kept.ats.push(...messages.map(() => now));
    model.now += 1;
  });
}

type Way = "succeeded" | "retry" | "again" | "sleep" | "return";

function outcomeOf(run: ModelRun, fence: number, way: Way, now: number): Outcome {
  const head = { id: run.id, fence, attempt: run.attempt, startedAt: now, at: now };
  switch (way) {
    case "succeeded":
      return { ...head, kind: way, result: "null" };
    case "retry":
      return { ...head, kind: way, error: "{}", dueAt: now + 3 };
    case "sleep":
      return { ...head, kind: way, dueAt: now + 3 };
    case "again":
      return { ...head, kind: way, params: "1" };
    case "return":
      return { ...head, kind: way };
  }
}

function endOne(pick: number, way: Way): GateCommand {
  return command(`end(${pick}, ${way})`, async (model, desk) => {
    const running = model.runs.filter((run) => run.state === "running");
    const run = running[pick % Math.max(1, running.length)];
    if (run === undefined) return;
    const outcomes = [outcomeOf(run, desk.fences.get(run.id) ?? 0, way, model.now)];
    expect(await desk.storage.runs.settle({ node: "n1", outcomes })).toEqual([]);
    run.state = way === "succeeded" ? "ended" : "waiting";
    run.dueAt = way === "retry" || way === "sleep" ? model.now + 3 : model.now;
    if (way === "sleep" || way === "return") run.attempt -= 1;
    if (way === "again") run.attempt = 0;
  });
}

/** One operator presses, or two at the same time. */
function press(asked: readonly Ask[]): GateCommand {
  return command(`press(${JSON.stringify(asked)})`, async (model, desk) => {
    const asks = asked.map(({ seen, ...ask }) => (seen === undefined ? ask : { ...ask, seen: desk.seen }));
    const [one, other] = asks;
    const answers = await Promise.all(asks.map((ask, operator) => desk.press(ask, operator)));
    if (one === undefined) return;
    if (other === undefined) return expect(answers).toEqual([model.next(one)]);
    // Of two at the same time nobody knows who is first; both orders are right, and only those.
    const inOrder = model.copy();
    const first = [inOrder.next(one), inOrder.next(other)];
    if (JSON.stringify(first) === JSON.stringify(answers)) {
      model.next(one);
      model.next(other);
      return;
    }
    const late = model.next(other);
    expect(answers).toEqual([model.next(one), late]);
  });
}

const scope = fc.constantFrom("all", "all", "all", ...scopes);
const killable = fc.constantFrom("all", ...ofRuns);
const ask = fc.record(
  { scope, key: fc.constantFrom("a", "b", "c", "d"), seen: fc.constant(0) },
  { requiredKeys: ["scope"] },
);
const arrival: fc.Arbitrary<Arrival> = fc.record({
  action: fc.constantFrom(...actions),
  taskId: fc.constantFrom(undefined, "t1", "t2"),
  priority: fc.constantFrom(0, 0, 5, -5),
  delay: fc.constantFrom(0, 0, 0, 2, 20),
});

const claimAll: GateCommand = command("claim", async (model, desk) => {
  expect(await desk.claim()).toEqual(model.claim());
});

export const commands: fc.Arbitrary<GateCommand>[] = [
  fc.array(arrival, { minLength: 1, maxLength: 4 }).map(arrive),
  fc
    .tuple(fc.constantFrom(...processes), fc.integer({ min: 1, max: 3 }))
    .map(([process, count]) => send(process, count)),
  fc.constant(
    command("handle", async (model, desk) => {
      await desk.handle();
      model.handle();
    }),
  ),
  fc.tuple(ask).map(press),
  fc.tuple(ask).map(press),
  fc.tuple(ask, ask).map(press),
  ask.map((one) => press([one, one])),
  fc.constant(claimAll),
  fc.constant(claimAll),
  fc.constant(claimAll),
  fc
    .tuple(scope, fc.constantFrom("stepper" as const, "stepper" as const, "realtime" as const))
    .map(([where, mode]) =>
      command(`set(${where}, ${mode})`, async (model, desk) => {
        const set = { scope: where, mode, actor: "user:0", now: model.now };
        expect(await desk.storage.gate.set(set)).toBe(model.set(where, mode));
      }),
    ),
  killable.map((where) =>
    command(`kill(${where})`, async (model, desk) => {
      await desk.storage.control.kill({ scope: where, reason: "model", actor: "user:0", at: model.now });
      model.killed.add(where);
    }),
  ),
  killable.map((where) =>
    command(`restore(${where})`, async (model, desk) => {
      const restored = await desk.storage.control.restore({ scope: where, actor: "user:0", now: model.now });
      expect(restored).toBe(model.killed.delete(where));
    }),
  ),
  fc
    .tuple(fc.nat(9), fc.constantFrom<Way>("succeeded", "succeeded", "retry", "again", "sleep", "return"))
    .map(([pick, way]) => endOne(pick, way)),
  fc.constantFrom(1, 5, 50).map((ms) =>
    command(`pass(${ms})`, async (model) => {
      model.now += ms;
    }),
  ),
  fc.constant(
    command("look", async (model, desk) => {
      desk.head = await desk.storage.journal.head();
      desk.seen = model.moves.length;
    }),
  ),
  fc.constant(
    command("crash", async (model, desk) => {
      await desk.crash();
      for (const run of model.runs) {
        if (run.state !== "running") continue;
        run.state = "waiting";
        run.dueAt = model.now;
      }
    }),
  ),
];
