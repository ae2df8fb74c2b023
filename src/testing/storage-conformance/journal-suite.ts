// The journal: one order without holes, one commit per transaction, and readers that find what they ask for.
import assert from "node:assert/strict";
import type { NewEvent } from "../../event/event.ts";
import type { EventFilter, EventRecord } from "../../storage/journal.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

export function journalSuite(rule: Rule): void {
  rule("[STO-70] events are numbered from 1 without holes, whoever writes them", async (world) => {
    assert.equal(await world.storage.journal.head(), 0);
    assert.deepEqual(await world.storage.journal.read({ after: 0, limit: 10 }), []);
    const writers = Array.from({ length: 30 }, (_, index) => {
      if (index % 3 === 0) return world.enqueue({}, {});
      if (index % 3 === 1) return note(world, { kind: `note.${index}` }, { kind: "second" });
      return world.kill(`task:${index}`);
    });
    await Promise.all(writers);
    const events = await world.events();
    assert.deepEqual(
      events.map((event) => event.seq),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.equal(await world.storage.journal.head(), 50);
  });

  rule("[STO-70] append resolves to the numbers of its events, in order", async (world) => {
    await world.enqueue({});
    assert.deepEqual(await note(world, { kind: "a" }, { kind: "b" }), [2, 3]);
    assert.deepEqual(await world.kinds(), ["run.enqueued", "a", "b"]);
  });

  rule(
    "[STO-71] the events of one transaction share its commit, which is the number of the first of them",
    async (world) => {
      await Promise.all([
        world.enqueue({}, {}, {}),
        world.enqueue({}),
        note(world, { kind: "a" }, { kind: "b" }),
      ]);
      await world.register({}, {});
      const commits = new Map<number, number[]>();
      for (const event of await world.events()) {
        commits.set(event.commit, [...(commits.get(event.commit) ?? []), event.seq]);
      }
      assert.deepEqual(
        [...commits.values()].map((seqs) => seqs.length).toSorted((one, other) => one - other),
        [1, 1, 2, 3],
      );
      for (const [commit, seqs] of commits) {
        assert.deepEqual(
          seqs,
          seqs.map((_, index) => commit + index),
        );
      }
    },
  );

  rule("[STO-72] an event is kept with everything it was given", async (world) => {
    const event = {
      at: world.now - 5,
      kind: "run.failed",
      actor: "user:ann",
      subject: "run:1",
      parent: "run:0",
      label: "it broke",
      durationMs: 1.5,
      data: { list: [1, null, "é"], deep: { yes: true } },
    };
    await note(world, event);
    const [kept] = await world.events();
    const { data, ...rest } = event;
    assert.deepEqual(kept, {
      ...rest,
      seq: 1,
      commit: 1,
      category: "run",
      severity: "error",
      data: JSON.stringify(data),
    });
  });

  rule("[STO-72] an event of a kind of one's own is of the category system and informs", async (world) => {
    await note(world, { kind: "deploy.finished" });
    const [kept] = await world.events();
    assert.deepEqual(
      [kept?.category, kept?.severity, kept?.data, kept?.label],
      ["system", "info", undefined, undefined],
    );
  });

  durationRules(rule);
  readRules(rule);
}

function durationRules(rule: Rule): void {
  const endsOf = async (world: World): Promise<unknown[]> =>
    (await world.events())
      .filter(({ kind }) => /^run\.(?:succeeded|failed|cancelled)$|^scheduled_/.test(kind))
      .map(({ kind, durationMs }) => [kind, durationMs]);

  rule(
    "[STO-180] an end tells how long the run ran, unrounded, and of one that never ran nothing",
    async (world) => {
      const [ran, waited = ""] = await world.enqueue({}, { dueAt: world.now + 1e9 });
      const run = await world.claimOne();
      assert.equal(run.id, ran);
      const outcome = { ...run, startedAt: world.now, at: world.now + 2.5 };
      await world.storage.runs.settle({
        node: "n1",
        outcomes: [{ ...outcome, kind: "succeeded", result: "null" }],
      });
      await world.cancel(waited);
      assert.deepEqual(await endsOf(world), [
        ["run.succeeded", 2.5],
        ["run.cancelled", undefined],
      ]);
    },
  );

  rule("[STO-180] how long a lost run ran, nobody knows", async (world) => {
    await world.register({ retry: { attempts: 1 } });
    world.now += 60_000;
    await world.fire();
    await world.storage.nodes.join({ node: "n1", now: world.now, leaseMs: 1_000 });
    await world.claimOne();
    world.now += 60_000;
    await world.storage.runs.recover({ now: world.now });
    assert.deepEqual(await endsOf(world), [
      ["run.failed", undefined],
      ["scheduled_task_failed", undefined],
    ]);
  });
}

function note(world: World, ...events: readonly Partial<NewEvent>[]): Promise<readonly number[]> {
  const full = events.map((event) => ({
    at: world.now,
    kind: "note",
    actor: "user:suite",
    subject: "note",
    ...event,
  }));
  return world.storage.journal.append({ events: full });
}

function readRules(rule: Rule): void {
  rule("[STO-73] reading after a number goes forward, and reading before one goes back", async (world) => {
    await note(world, ...Array.from({ length: 10 }, () => ({})));
    const read = async (filter: EventFilter): Promise<number[]> =>
      (await world.storage.journal.read(filter)).map((event) => event.seq);
    assert.deepEqual(await read({ after: 3, limit: 3 }), [4, 5, 6]);
    assert.deepEqual(await read({ after: 8, limit: 5 }), [9, 10]);
    assert.deepEqual(await read({ after: 10, limit: 5 }), []);
    assert.deepEqual(await read({ before: 4, limit: 2 }), [3, 2]);
    assert.deepEqual(await read({ limit: 3 }), [10, 9, 8]);
    assert.deepEqual(await read({ after: 2, before: 6, limit: 9 }), [3, 4, 5]);
  });

  rule("[STO-74] a read finds exactly the events that the filter names", async (world) => {
    await note(
      world,
      { kind: "run.failed", subject: "run:1", actor: "node:a" },
      { kind: "run.failed", subject: "run:2", actor: "node:b" },
      { kind: "task.started", subject: "task:1", actor: "node:a" },
      { kind: "deploy.done", subject: "run:1", actor: "user:b" },
    );
    const found = async (filter: Partial<EventFilter>): Promise<number[]> =>
      (await world.events(filter)).map((event) => event.seq);
    assert.deepEqual(await found({ kind: "run.failed" }), [1, 2]);
    assert.deepEqual(await found({ category: "task" }), [3]);
    assert.deepEqual(await found({ subject: "run:1" }), [1, 4]);
    assert.deepEqual(await found({ actor: "node:a" }), [1, 3]);
    assert.deepEqual(await found({ actor: "node:a", category: "run" }), [1]);
    assert.deepEqual(await found({ subject: "run:1", after: 1 }), [4]);
  });

  rule(
    "[STO-75] text is found in the kind, the subject, the label and the data, and nothing in it is a wildcard",
    async (world) => {
      await note(
        world,
        { kind: "disk.needle" },
        { subject: "host:needle" },
        { label: "a needle here" },
        { data: { where: "needle" } },
        { label: "100% sure" },
        { label: "snake_case" },
        { label: "back\\slash" },
        { label: "snakeXcase 1000 back/slash" },
      );
      const found = async (q: string): Promise<number[]> =>
        (await world.events({ q })).map((event) => event.seq);
      assert.deepEqual(await found("needle"), [1, 2, 3, 4]);
      assert.deepEqual(await found("0%"), [5]);
      assert.deepEqual(await found("e_c"), [6]);
      assert.deepEqual(await found("k\\s"), [7]);
      assert.deepEqual(await found("'; DROP TABLE journal; --"), []);
    },
  );

  rule(
    "[STO-76] a reader that follows the head sees every event once, in order, while others write",
    async (world) => {
      const seen: EventRecord[] = [];
      const total = 100;
      const write = async (): Promise<void> => {
        for (let round = 0; round < 25; round++)
          await Promise.all([note(world, {}, {}), world.enqueue({}), note(world, {})]);
      };
      const follow = async (): Promise<void> => {
        while (seen.length < total) {
          seen.push(...(await world.storage.journal.read({ after: seen.at(-1)?.seq ?? 0, limit: 7 })));
        }
      };
      await Promise.all([write(), follow()]);
      assert.deepEqual(
        seen.map((event) => event.seq),
        Array.from({ length: total }, (_, index) => index + 1),
      );
    },
  );
}
