// Cursors: each keeps how far a reader of the journal has come, and one reader at a time holds its lease.
import assert from "node:assert/strict";
import type { CursorRecord } from "../../storage/cursors.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

const leaseMs = 1_000;

function take(world: World, holder: string, after?: number): Promise<CursorRecord | undefined> {
  const begin = after === undefined ? {} : { after };
  return world.storage.cursors.take({ name: "mailer", holder, ...begin, now: world.now, leaseMs });
}

function move(world: World, holder: string, seq: number, failed?: string): Promise<boolean> {
  const how = failed === undefined ? { failures: 0 } : { failures: 2, error: failed };
  return world.storage.cursors.move({ name: "mailer", holder, seq, ...how, now: world.now, leaseMs });
}

export function cursorsSuite(rule: Rule): void {
  rule("[STO-175] a new cursor begins where it is told to, else behind the newest event", async (world) => {
    await world.enqueue({}, {}, {});
    const { cursors } = world.storage;
    assert.equal((await take(world, "a"))?.seq, 3);
    assert.equal((await take(world, "a", 1))?.seq, 3, "one that is there goes on");
    const other = { name: "audit", holder: "a", now: world.now, leaseMs };
    assert.equal((await cursors.take({ ...other, after: 0 }))?.seq, 0);
    assert.deepEqual(
      (await cursors.list()).map(({ name, seq }) => [name, seq]),
      [
        ["audit", 0],
        ["mailer", 3],
      ],
    );
  });

  rule("[STO-176] one holder at a time, until its lease is over or released", async (world) => {
    const { cursors } = world.storage;
    const racers = ["a", "b", "c", "d", "e"];
    const taken = await Promise.all(racers.map((holder) => take(world, holder, 0)));
    assert.equal(taken.filter((cursor) => cursor !== undefined).length, 1);
    const holder = taken.find((cursor) => cursor !== undefined)?.holder ?? "";
    const other = holder === "a" ? "b" : "a";
    world.now += leaseMs - 1;
    assert.equal(await take(world, other), undefined);
    assert.equal(await move(world, other, 7), false, "who does not hold it moves nothing");
    assert.equal(await move(world, holder, 5), true, "moving renews");
    world.now += leaseMs - 1;
    assert.equal(await take(world, other), undefined);
    await cursors.release({ name: "mailer", holder: other });
    assert.equal(await take(world, other), undefined, "only the holder can release");
    world.now += 1;
    assert.equal((await take(world, other))?.seq, 5);
    assert.equal(await move(world, holder, 9), false);
    await cursors.release({ name: "mailer", holder: other });
    assert.equal((await take(world, holder))?.seq, 5);
  });

  rule("[STO-177] a cursor never goes back, and keeps what holds it up", async (world) => {
    const began = world.now;
    await take(world, "a", 0);
    world.now += 10;
    await move(world, "a", 5);
    world.now += 10;
    await move(world, "a", 3, "no route to host");
    assert.deepEqual(await world.storage.cursors.list(), [
      {
        name: "mailer",
        seq: 5,
        holder: "a",
        leaseUntil: world.now + leaseMs,
        failures: 2,
        error: "no route to host",
        createdAt: began,
        movedAt: began + 10,
      },
    ]);
    await move(world, "a", 6);
    const [cursor] = await world.storage.cursors.list();
    assert.deepEqual([cursor?.failures, cursor?.error, cursor?.seq], [0, undefined, 6]);
  });

  rule("[STO-178] a removed cursor is gone, and its reader with it", async (world) => {
    const { cursors } = world.storage;
    assert.equal(await cursors.remove({ name: "mailer" }), false);
    await take(world, "a", 0);
    assert.equal(await cursors.remove({ name: "mailer" }), true);
    assert.equal(await move(world, "a", 5), false);
    assert.deepEqual(await cursors.list(), []);
  });

  rule("[STO-179] cursors are there again when the data is opened again", async (world) => {
    await take(world, "a", 0);
    await move(world, "a", 4);
    await world.reopen();
    assert.equal((await world.storage.cursors.list())[0]?.seq, 4);
  });
}
