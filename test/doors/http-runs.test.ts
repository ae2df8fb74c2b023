import { describe, expect, test } from "vitest";
import { httpWorld, type World } from "./http-world.ts";

/** Everything that the pages of a list show. */
async function walk(
  world: World,
  path: string,
  cursor = "after",
  first?: string,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let next = first;
  do {
    const query = new URLSearchParams({ limit: "3", ...(next === undefined ? {} : { [cursor]: next }) });
    const { status, json } = await world.call("GET", `${path}?${query.toString()}`);
    expect(status).toBe(200);
    expect(json.items.length).toBeLessThanOrEqual(3);
    found.push(...json.items);
    next = json.next;
  } while (next !== undefined);
  return found;
}

describe("runs over HTTP", () => {
  test("[HTP-7] one run is made and done", async () => {
    await using world = await httpWorld();
    const made = await world.call("POST", "/runs", { action: "say:hello", input: { a: 1 }, tags: ["t"] });
    expect(made).toMatchObject({ status: 201, json: { state: "waiting", tags: ["t"] } });
    await world.runtime.clock.settle();
    const { json } = await world.call("GET", `/runs/${made.json.id}`);
    expect(json).toMatchObject({ state: "succeeded", result: { heard: { a: 1 } } });
    expect((await world.call("GET", "/runs/counts")).json).toMatchObject({ succeeded: 1, waiting: 0 });
  });

  test("[HTP-7] a delayed run waits, whatever way its time is written", async () => {
    await using world = await httpWorld();
    const dueAt = "2026-01-01T00:01:00.000Z";
    for (const when of [{ delay: "1m" }, { delay: 60_000 }, { at: dueAt }, { at: Date.parse(dueAt) }]) {
      const { json } = await world.call("POST", "/runs", { action: "say:hello", ...when });
      expect(json).toMatchObject({ dueAt });
    }
  });

  test("[HTP-7] all items are made, or none", async () => {
    await using world = await httpWorld();
    const good = { action: "say:hello", input: {} };
    const many = await world.call("POST", "/runs", { items: [good, good, good] });
    expect(many.status).toBe(201);
    expect(many.json.items).toHaveLength(3);
    const one = await world.call("POST", "/runs", { items: [good, { action: "say:helo" }] });
    expect(one).toMatchObject({ status: 404, json: { code: "action.not-found" } });
    const wrong = await world.call("POST", "/runs", {
      items: [good, { action: "say:hello", delay: "soon" }],
    });
    expect(wrong).toMatchObject({ status: 400, json: { issues: [{ field: "items.1.delay" }] } });
    expect((await world.call("GET", "/runs")).json.items).toHaveLength(3);
  });

  test("[HTP-7a] the same key gives the same run, from the body or from Idempotency-Key", async () => {
    await using world = await httpWorld();
    const make = (more: object, headers: Record<string, string> = {}) =>
      world.call("POST", "/runs", { action: "say:hello", delay: "1h", ...more }, headers);
    const first = await make({ key: "a" });
    expect((await make({ key: "a" })).json.id).toBe(first.json.id);
    expect((await make({}, { "idempotency-key": "a" })).json.id).toBe(first.json.id);
    expect((await make({ key: "b" }, { "idempotency-key": "a" })).json.id).not.toBe(first.json.id);
    expect((await make({})).json.id).not.toBe(first.json.id);
    const rejected = await make({ key: "a", onConflict: "reject" });
    expect([rejected.status, rejected.json.code]).toEqual([409, "run.conflict"]);
    expect((await make({ key: "a", onConflict: "maybe" })).json.issues).toMatchObject([
      { field: "onConflict" },
    ]);
  });

  test("[HTP-7a] with the same Idempotency-Key many runs, and a trigger, are the same runs", async () => {
    await using world = await httpWorld();
    const once = { "idempotency-key": "a" };
    const say = { action: "say:hello", delay: "1h" };
    const many = () => world.call("POST", "/runs", { items: [say, say, { ...say, key: "own" }] }, once);
    const idsOf = (answer: Awaited<ReturnType<typeof many>>): string[] =>
      answer.json.items.map(({ id }: { id: string }) => id);
    const first = idsOf(await many());
    expect(new Set(first).size).toBe(3);
    expect(idsOf(await many())).toEqual(first);

    const task = { type: "once", schedule: "2030-01-01T00:00:00Z", action: "say:hello", params: {} };
    await world.call("PUT", "/tasks/later", task);
    const pressed = await world.call("POST", "/tasks/later/trigger", {}, once);
    expect(first).not.toContain(pressed.json.id);
    expect((await world.call("POST", "/tasks/later/trigger", {}, once)).json.id).toBe(pressed.json.id);
    expect((await world.call("POST", "/tasks/later/trigger", {})).json.id).not.toBe(pressed.json.id);
  });

  test("[HTP-8] a run is cancelled, a failed one redriven, another not", async () => {
    await using world = await httpWorld();
    const waiting = await world.call("POST", "/runs", { action: "say:hello", delay: "1h" });
    const cancelled = await world.call("POST", `/runs/${waiting.json.id}/cancel`, { reason: "not needed" });
    expect(cancelled.json).toMatchObject({ state: "cancelled", reason: "not needed" });
    const refused = await world.call("POST", `/runs/${waiting.json.id}/retry`);
    expect(refused).toMatchObject({ status: 409, json: { code: "run.conflict" } });

    const failing = await world.call("POST", "/runs", { action: "say:no" });
    await world.runtime.clock.settle();
    const path = `/runs/${failing.json.id}`;
    expect((await world.call("GET", path)).json).toMatchObject({
      state: "failed",
      error: { message: "No." },
    });
    expect((await world.call("POST", `${path}/retry`)).status).toBe(200);
    expect((await world.call("POST", "/runs/nobody/retry")).json.code).toBe("run.not-found");
    expect((await world.call("POST", "/runs/nobody/cancel")).json.code).toBe("run.not-found");
  });

  test("[HTP-8a] failed runs are redriven by a filter, and a slip of the pen redrives none", async () => {
    await using world = await httpWorld();
    const items = ["a", "b", "b"].map((tag) => ({ action: "say:no", tags: [tag] }));
    await world.call("POST", "/runs", { items });
    await world.runtime.clock.settle();
    const counts = async () => (await world.call("GET", "/runs/counts")).json;
    const retry = async (body: object) => (await world.call("POST", "/runs/retry", body)).json;
    expect(await retry({ tag: "b", dryRun: true })).toEqual({ matched: 2, retried: 0 });
    expect(await retry({ error: "run.timeout" })).toEqual({ matched: 0, retried: 0 });
    expect(await retry({ tagg: "b" })).toMatchObject({ status: 400, issues: [{ field: "tagg" }] });
    expect(await counts()).toMatchObject({ failed: 3 });
    await world.runtime.control.kill();
    expect(await retry({ error: "run.conflict", tag: "b" })).toEqual({ matched: 2, retried: 2 });
    expect(await counts()).toMatchObject({ failed: 1, waiting: 2 });
  });

  test("[HTP-9] the list leaves stacks out, one run shows its own", async () => {
    await using world = await httpWorld();
    const made = await world.call("POST", "/runs", { action: "say:no" });
    await world.runtime.clock.settle();
    const list = await world.call("GET", "/runs?state=failed");
    expect(list.json.items).toHaveLength(1);
    expect(list.text).not.toContain("http-world.ts");
    const one = await world.call("GET", `/runs/${made.json.id}`);
    expect(one.json.error.stack).toContain("http-world.ts");
  });

  test("[HTP-6] the pages of every list show everything once, in order", async () => {
    await using world = await httpWorld();
    for (const id of ["c", "a", "g", "b", "f", "e", "d"]) {
      await world.call("PUT", `/tasks/${id}`, { type: "interval", schedule: "5s", action: "say:hello" });
    }
    await world.runtime.clock.advance("37s");
    const ids = (items: readonly unknown[], key: string): string[] =>
      items.map((item) => String(Object.entries(Object(item)).find(([name]) => name === key)?.[1]));

    expect(ids(await walk(world, "/tasks"), "id")).toEqual("abcdefg".split(""));
    const runs = ids(await walk(world, "/runs"), "id");
    expect(runs).toHaveLength(7 * 7);
    expect(runs).toEqual([...new Set(runs)].toSorted().toReversed());
    const times = ids(await walk(world, "/tasks/a/occurrences"), "at");
    expect(times).toEqual(
      [5, 10, 15, 20, 25, 30, 35].map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()),
    );
    const up = ids(await walk(world, "/journal", "after", "0"), "seq").map(Number);
    expect(up).toEqual(up.map((_, index) => index + 1));
    expect(up.length).toBeGreaterThan(100);
    const down = ids(await walk(world, "/journal", "before"), "seq").map(Number);
    expect(down).toEqual(up.toReversed());
  });

  test("[HTP-6] filters of the lists hold", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/a", {
      type: "interval",
      schedule: "5s",
      action: "say:hello",
      tags: ["x"],
    });
    await world.call("PUT", "/tasks/b", {
      type: "interval",
      schedule: "5s",
      action: "say:no",
      enabled: false,
    });
    await world.call("POST", "/runs", { action: "say:no" });
    await world.runtime.clock.advance("6s");
    const count = async (path: string): Promise<number> => (await world.call("GET", path)).json.items.length;
    expect(await count("/tasks?tag=x")).toBe(1);
    expect(await count("/tasks?enabled=false")).toBe(1);
    expect(await count("/runs?state=failed")).toBe(1);
    expect(await count("/runs?taskId=a")).toBe(1);
    expect(await count("/runs?action=say:hello&state=failed")).toBe(0);
    expect(await count("/runs?from=2026-01-01T00:00:03Z")).toBe(1);
    expect(await count("/journal?kind=task.registered")).toBe(2);
    expect(await count("/journal?category=run&q=say:no")).toBeGreaterThan(0);
  });
});
