import { describe, expect, test } from "vitest";
import { z } from "zod";
import { httpWorld, type World } from "./http-world.ts";

/** With `counter`, which counts, and `ledger`, which is held by a message that it does not like. */
async function setup(): Promise<World> {
  const world = await httpWorld();
  world.runtime.process("counter", {
    state: z.object({ count: z.number() }),
    initial: () => ({ count: 0 }),
    messages: {
      add: {
        input: z.object({ by: z.number() }),
        handle({ count }, { by }) {
          if (by < 0) throw new Error("only upwards");
          return { state: { count: count + by }, output: by };
        },
      },
    },
  });
  world.runtime.process("ledger", {
    state: z.array(z.string()),
    initial: () => [],
    onError: "park",
    inbox: 3,
    messages: {
      book: {
        input: z.string(),
        handle(state, text) {
          if (text === "bad") throw new Error("I do not like it");
          return { state: [...state, text] };
        },
      },
    },
  });
  return world;
}

async function send(world: World, id: string, message: string, ...inputs: unknown[]): Promise<void> {
  for (const input of inputs) {
    const { status } = await world.call("POST", `/processes/${id}/messages`, { message, input });
    expect(status).toBe(201);
  }
  await world.runtime.clock.settle();
}

const add = (...by: readonly number[]): readonly { by: number }[] => by.map((by) => ({ by }));

describe("processes over HTTP", () => {
  test("[HTP-60] a message is answered with its assignment and the place of its history", async () => {
    await using world = await setup();
    const first = await world.call("POST", "/processes/counter/a/messages", {
      message: "add",
      input: { by: 2 },
    });
    expect(first.status).toBe(201);
    expect(first.json).toEqual({
      process: "counter/a",
      slot: 0,
      messageId: expect.any(String),
      timestamp: "2026-01-01T00:00:00.000Z",
      chain: expect.stringMatching(/^[0-9a-f]{64}$/),
      previous: "",
    });
    await world.runtime.clock.settle();
    const { json } = await world.call("GET", `/${String(first.headers.get("location"))}`);
    expect(json.items).toMatchObject([
      { assignment: first.json, message: { name: "add", input: { by: 2 } }, version: "1", output: 2 },
    ]);
  });

  test("[HTP-60] the same key gets the same slot, from the body or from Idempotency-Key", async () => {
    await using world = await setup();
    const post = (more: object, headers: Record<string, string> = {}) =>
      world.call(
        "POST",
        "/processes/counter/a/messages",
        { message: "add", input: { by: 1 }, ...more },
        headers,
      );
    expect((await post({ key: "k" })).json.slot).toBe(0);
    expect((await post({ key: "k" })).json.slot).toBe(0);
    expect((await post({}, { "idempotency-key": "k" })).json.slot).toBe(0);
    expect((await post({ key: "other" }, { "idempotency-key": "k" })).json.slot).toBe(1);
    expect((await post({})).json.slot).toBe(2);
  });

  test("[HTP-61] a process shows where it stands and its state behind any slot", async () => {
    await using world = await setup();
    await send(world, "counter/a", "add", ...add(1, 2, 4));
    expect((await world.call("GET", "/processes/counter/a")).json).toMatchObject({
      id: "counter/a",
      slots: 3,
      handled: 3,
      version: "1",
      createdAt: "2026-01-01T00:00:00.000Z",
    });
    const state = async (query: string): Promise<unknown> =>
      (await world.call("GET", `/processes/counter/a/state${query}`)).json;
    expect(await state("")).toEqual({ state: { count: 7 }, slot: 2, version: "1" });
    expect(await state("?at=1")).toEqual({ state: { count: 3 }, slot: 1, version: "1" });
    expect(await state("?at=0")).toMatchObject({ state: { count: 1 } });
  });

  test("[HTP-61] the pages of a history and of the list show everything once, in order", async () => {
    await using world = await setup();
    await send(world, "counter/a", "add", ...add(1, -1, 2, 3, 4, 5, 6));
    await send(world, "counter/b", "add", ...add(1));
    await send(world, "ledger/a", "book", "x");
    const slots: unknown[] = [];
    let from: string | undefined = "0";
    while (from !== undefined) {
      const { json } = await world.call("GET", `/processes/counter/a/history?limit=3&from=${from}`);
      expect(json.items.length).toBeLessThanOrEqual(3);
      slots.push(...json.items.map((item: { assignment: { slot: number } }) => item.assignment.slot));
      from = json.next;
    }
    expect(slots).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const { json } = await world.call("GET", "/processes/counter/a/history?from=1&to=2");
    expect(json.items).toMatchObject([
      { error: { message: "only upwards" }, patch: [] },
      { patch: [{ op: "replace", path: "/count", value: 3 }] },
    ]);
    expect(JSON.stringify(json)).not.toContain("http-processes.test.ts");
    const ids = async (query: string): Promise<unknown> =>
      (await world.call("GET", `/processes?${query}`)).json.items.map(({ id }: { id: string }) => id);
    expect(await ids("")).toEqual(["counter/a", "counter/b", "ledger/a"]);
    expect(await ids("name=counter")).toEqual(["counter/a", "counter/b"]);
    const page = (await world.call("GET", "/processes?limit=2")).json;
    expect(await ids(`after=${encodeURIComponent(page.next)}`)).toEqual(["ledger/a"]);
  });

  test("[HTP-61] an id with a slash is one id", async () => {
    await using world = await setup();
    await send(world, "counter/a%2Fb%20%C3%A9", "add", ...add(5));
    const { json } = await world.call("GET", "/processes/counter/a%2Fb%20%C3%A9");
    expect(json.id).toBe("counter/a/b é");
    expect((await world.call("GET", "/processes/counter/a/b")).status).toBe(404);
  });

  test("[HTP-62] a fork shares the history up to its slot and goes on alone", async () => {
    await using world = await setup();
    await send(world, "counter/a", "add", ...add(1, 2, 4));
    const fork = await world.call("POST", "/processes/counter/a/fork", { at: 1, as: "b" });
    expect(fork.status).toBe(201);
    expect(fork.headers.get("location")).toBe("/api/v1/processes/counter/b");
    expect(fork.json).toMatchObject({
      id: "counter/b",
      slots: 2,
      forkedFrom: { process: "counter/a", at: 1 },
    });
    await send(world, "counter/b", "add", ...add(10));
    expect((await world.call("GET", "/processes/counter/b/state")).json.state).toEqual({ count: 13 });
    expect((await world.call("GET", "/processes/counter/a/state")).json.state).toEqual({ count: 7 });
    const taken = await world.call("POST", "/processes/counter/a/fork", { at: 1, as: "b" });
    expect(taken).toMatchObject({ status: 409, json: { code: "process.conflict" } });
  });

  test("[HTP-62] a replay and a check of the chain find nothing wrong with what is sound", async () => {
    await using world = await setup();
    await send(world, "counter/a", "add", ...add(1, 2, 4));
    expect((await world.call("POST", "/processes/counter/a/replay", {})).json).toEqual({ slots: 3 });
    expect((await world.call("POST", "/processes/counter/a/replay", { from: 1 })).json).toEqual({ slots: 2 });
    expect((await world.call("GET", "/processes/counter/a/verify")).json).toEqual({ ok: true, slots: 3 });
  });

  test("[HTP-63] a process that is parked says why, and goes on past the slot", async () => {
    await using world = await setup();
    await send(world, "ledger/a", "book", "x", "bad", "y");
    const parked = await world.call("GET", "/processes/ledger/a");
    expect(parked.json).toMatchObject({
      slots: 3,
      handled: 1,
      parked: { slot: 1, error: { message: "I do not like it" } },
    });
    await world.call("POST", "/processes/ledger/a/resume", {});
    await world.runtime.clock.settle();
    expect((await world.call("GET", "/processes/ledger/a")).json).toMatchObject({ parked: { slot: 1 } });
    const resumed = await world.call("POST", "/processes/ledger/a/resume", { skip: true });
    expect(resumed.status).toBe(200);
    await world.runtime.clock.settle();
    expect((await world.call("GET", "/processes/ledger/a/state")).json.state).toEqual(["x", "y"]);
    expect((await world.call("GET", "/processes/ledger/a")).json).not.toHaveProperty("parked");
  });

  test("[HTP-64] a message for nobody is 404, one that the process refuses 400", async () => {
    await using world = await setup();
    const post = (path: string, body: object) => world.call("POST", `/processes/${path}/messages`, body);
    expect(await post("nobody/a", { message: "add" })).toMatchObject({
      status: 404,
      json: { code: "process.not-found" },
    });
    expect(await post("counter/a", { message: "subtract" })).toMatchObject({
      status: 400,
      json: { code: "process.wrong-message" },
    });
    expect(await post("counter/a", { message: "add", input: { by: "1" } })).toMatchObject({
      status: 400,
      json: { code: "process.wrong-message", issues: [{ field: "by" }] },
    });
    expect(await post("counter/a%00", { message: "add", input: { by: 1 } })).toMatchObject({
      status: 400,
      json: { code: "process.invalid" },
    });
    expect(await post("counter/a", { input: 1 })).toMatchObject({
      status: 400,
      json: { issues: [{ field: "message" }] },
    });
    for (const path of ["", "/state", "/history", "/verify"])
      expect([path, (await world.call("GET", `/processes/counter/a${path}`)).status]).toEqual([path, 404]);
  });

  test("[HTP-64] one message more than the inbox holds is 429, and says when to try again", async () => {
    await using world = await setup();
    await send(world, "ledger/a", "book", "bad", "1", "2");
    const more = await world.call("POST", "/processes/ledger/a/messages", { message: "book", input: "3" });
    expect(more).toMatchObject({ status: 429, json: { code: "process.busy" } });
    expect(Number(more.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });
});
