// The log of changes: complete, in order, from any cursor on, and silent where nothing changed.
import assert from "node:assert/strict";
import { rejectsWith } from "../storage-conformance/world.ts";
import type { Law } from "./memory-laws.ts";

export function changeLaws(law: Law): void {
  law("[MEM-50] the log only grows, and goes on from any cursor where it was left", async (world) => {
    const log: string[] = [];
    const note = async (): Promise<void> => {
      const now = await world.log();
      assert.deepEqual(now.slice(0, log.length), log, "what was there stays as it was");
      log.splice(0, log.length, ...now);
    };
    await world.texts("a", "b", "c");
    await note();
    const [first = ""] = await world.ids();
    await world.memory.forget(first, { reason: "test" });
    await note();
    await world.keep({ content: "d", namespace: "n" });
    await world.memory.purge(first, { reason: "test" });
    await note();
    assert.equal(log.length, 6);
    for (const [index, line] of log.entries()) {
      const rest: string[] = [];
      const after = line.split(" ")[0] ?? "";
      for await (const { cursor, kind, id } of world.memory.changes({ after, until: "now" }))
        rest.push(`${cursor} ${kind} ${id}`);
      assert.deepEqual(rest, log.slice(index + 1));
    }
    const ofNamespace: string[] = [];
    for await (const { kind, namespace } of world.memory.changes({ namespace: "n", until: "now" }))
      ofNamespace.push(`${kind} ${namespace}`);
    assert.deepEqual(ofNamespace, ["appended n"]);
    await assert.rejects(async () => {
      for await (const change of world.memory.changes({ after: "no cursor" })) assert.ok(!change);
    });
  });

  law("[MEM-51] a change brings its record along as long as that may be seen", async (world) => {
    const [one, two] = await world.texts("a", "b");
    await world.memory.forget(one?.id ?? "", { reason: "test" });
    const records: unknown[] = [];
    for await (const { record } of world.memory.changes({ until: "now" })) records.push(record);
    assert.deepEqual(records, [undefined, two, undefined]);
  });

  law("[MEM-52] readings, refusals, repetitions and what is rolled back leave no trace", async (world) => {
    await world.keep({ id: "one", content: "x" }, { advance: { ref: "head", expected: null } });
    const before = [await world.log(), await world.eventCount(), await world.memory.point()];
    await world.memory.get("one");
    await world.found("x");
    await world.memory.lineage("one");
    await world.memory.append({ id: "one", content: "x" });
    await rejectsWith("memory.conflict", world.memory.append({ id: "one", content: "y" }));
    await rejectsWith("memory.conflict", world.memory.refs.set("head", null, null));
    const rolledBack = world.transact(async (memory) => {
      await memory.append({ id: "two", content: "y" });
      throw new Error("no");
    });
    await assert.rejects(rolledBack);
    assert.deepEqual([await world.log(), await world.eventCount(), await world.memory.point()], before);
  });

  law("[MEM-53] whoever waits for changes is given each as it comes, and stops when told", async (world) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async (): Promise<void> => {
      for await (const { id } of world.memory.changes({ signal: stop.signal })) {
        seen.push(id);
        // Whoever changes something while it reads changes is given that, too.
        if (id === "b") await world.keep({ id: "from inside", content: "x" });
        if (seen.length === 4) stop.abort();
      }
    })();
    for (const id of ["a", "b", "c"]) await world.keep({ id, content: id });
    await reading;
    assert.deepEqual(seen.toSorted(), ["a", "b", "c", "from inside"]);
    assert.deepEqual(seen, await world.ids());
    await world.keep({ id: "later", content: "x" });
    assert.equal(seen.length, 4);
  });
}
