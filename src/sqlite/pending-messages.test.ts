import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { migrate } from "./migrate.ts";
import { PendingMessages } from "./pending-messages.ts";
import { WriteContext } from "./write-context.ts";

const insertProcess = `INSERT INTO process (id, name, head, folded, chain, last_at, created_at, first_seq)
  VALUES (?, 'p', 0, 0, '', 0, 0, 0)`;
const insertMessage = `INSERT INTO message (seq, process, slot, id, name, input, at, chain, actor)
  VALUES (?, ?, ?, ?, 'n', '1', 5, 'c', 'a')`;

const ids = ["p/a", "p/b", "p/c"];

interface Line {
  folded: number;
  head: number;
}

/** The table, what is known by heart of it, and what it should be. */
class World implements Disposable {
  readonly connection = new Connection(":memory:", { readOnly: false, durability: "full" });
  readonly context: WriteContext;
  pending: PendingMessages;
  lines = new Map<string, Line>(ids.map((id) => [id, { folded: 0, head: 0 }]));

  constructor() {
    migrate(this.connection);
    this.context = new WriteContext(this.connection);
    this.pending = this.open();
    for (const id of ids) this.connection.run(insertProcess, id);
  }

  open(): PendingMessages {
    return new PendingMessages(this.context, { manyBehind: 4, longest: 12, atOnce: 3 });
  }

  add(id: string): void {
    const line = this.lineOf(id);
    const messageId = `${id}#${line.head}`;
    const kept = JSON.stringify([messageId, "n", "1", 5, "c", "a", null, null]);
    this.connection.run(insertMessage, this.pending.add(id, kept), id, line.head, messageId);
    line.head += 1;
  }

  take(id: string, count: number): void {
    const line = this.lineOf(id);
    const expected = Math.min(count, line.head - line.folded);
    const kept = this.pending.take(id, count);
    expect(kept.map((text): unknown => JSON.parse(text))).toEqual(
      Array.from({ length: expected }, (_, n) => [
        `${id}#${line.folded + n}`,
        "n",
        "1",
        5,
        "c",
        "a",
        null,
        null,
      ]),
    );
    line.folded += expected;
    this.connection.run("UPDATE process SET folded = ? WHERE id = ?", line.folded, id);
    this.pending.sweep();
  }

  check(): void {
    for (const [id, { folded, head }] of this.lines) {
      const seqs = this.pending.peek(id, 0, 1_000);
      const slots = seqs.map(
        (seq) => this.connection.get("SELECT slot FROM message WHERE seq = ?", seq)?.["slot"],
      );
      expect(slots).toEqual(Array.from({ length: head - folded }, (_, n) => folded + n));
      expect(this.pending.last(id)).toBe(seqs.at(-1));
    }
  }

  lineOf(id: string): Line {
    const line = this.lines.get(id);
    if (line === undefined) throw new Error(`there is no ${id}`);
    return line;
  }

  rows(): number {
    return Number(this.connection.get("SELECT count(*) AS n FROM message")?.["n"]);
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

type Step =
  | { readonly kind: "add"; readonly id: string }
  | { readonly kind: "take"; readonly id: string; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), id: fc.constantFrom(...ids) }),
  fc.record({ kind: fc.constant("take" as const), id: fc.constantFrom("p/a", "p/b"), count: fc.nat(4) }),
);
const transaction = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  end: fc.constantFrom("commit", "commit", "rollback", "crash"),
});

test("[SQL-40] where messages wait is known through commits, rollbacks and a new start, and in the order of the slots", () => {
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 30 }), (transactions) => {
      using world = new World();
      const { connection, context } = world;
      for (const { steps, end } of transactions) {
        const before = structuredClone(world.lines);
        const mark = context.mark();
        connection.exec("BEGIN");
        for (const one of steps) {
          if (one.kind === "add") world.add(one.id);
          else world.take(one.id, one.count);
        }
        if (end === "commit") {
          connection.exec("COMMIT");
          context.takeHint();
        } else {
          connection.exec("ROLLBACK");
          context.returnTo(mark);
          world.lines = before;
          if (end === "crash") world.pending = world.open();
        }
        world.check();
      }
    }),
    { numRuns: 150 },
  );
});

test("[SQL-41] one message that waits for ever keeps neither the rows nor the memory of those that were handled", () => {
  using world = new World();
  for (let count = 0; count < 5; count++) world.add("p/c");
  for (let turn = 0; turn < 200; turn++) {
    world.add("p/a");
    world.add("p/b");
    world.take("p/a", 5);
    world.take("p/b", 5);
    if (turn % 10 !== 0) continue;
    world.pending = world.open();
    world.check();
  }
  expect(world.rows()).toBeLessThan(30);
  world.take("p/c", 5);
});
