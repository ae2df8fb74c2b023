import { describe, expect, test } from "vitest";
import { parseToken } from "../../src/http/token.ts";
import { httpWorld, type World } from "./http-world.ts";

const secrets = { viewer: "look-only-1", operator: "work-work-2", admin: "boss-boss-3" };

function bearer(role: keyof typeof secrets): Record<string, string> {
  return { authorization: `Bearer ${secrets[role]}` };
}

function guarded(): Promise<World> {
  const tokens = Object.entries(secrets).map(([role, secret]) => parseToken(`${role}:${secret}`));
  return httpWorld({ tokens });
}

async function states(world: World): Promise<string[]> {
  await world.runtime.clock.settle();
  const { items } = await world.runtime.runs.list();
  return items.map(({ state }) => state).toReversed();
}

describe("the gate over HTTP", () => {
  test("[GAT-30] an admin holds, an operator releases, a viewer looks", async () => {
    await using world = await guarded();
    expect(
      (await world.call("POST", "/gate", { scope: "all", mode: "stepper" }, bearer("operator"))).status,
    ).toBe(403);
    const held = await world.call(
      "POST",
      "/gate",
      { scope: "all", mode: "stepper", reason: "look" },
      bearer("admin"),
    );
    const gate = {
      scope: "all",
      mode: "stepper",
      actor: "user:admin",
      at: "2026-01-01T00:00:00.000Z",
      reason: "look",
    };
    expect(held.json).toEqual({ changed: true, gates: [gate] });
    for (const input of [1, 2]) await world.runtime.runs.enqueue("say:hello", input);

    const refused = await world.call("POST", "/gate/next", {}, bearer("viewer"));
    expect([refused.status, refused.json]).toEqual([200, { status: "blocked", reason: "read_only" }]);
    expect(await states(world)).toEqual(["waiting", "waiting"]);
    expect((await world.call("POST", "/gate/next", {})).status).toBe(401);

    const looked = await world.call("GET", "/gate", undefined, bearer("viewer"));
    expect(looked.json).toMatchObject({
      gates: [gate],
      pending: { mode: "stepper", next: { kind: "run", action: "say:hello" } },
    });
    const { head, next } = looked.json.pending;
    const released = await world.call("POST", "/gate/next", { expectedHead: head }, bearer("operator"));
    expect(released.json).toMatchObject({
      status: "released",
      event: { kind: "gate.released", subject: `run:${next.id}`, actor: "user:operator" },
    });
    expect(await states(world)).toEqual(["succeeded", "waiting"]);
    const late = await world.call("POST", "/gate/next", { expectedHead: head }, bearer("operator"));
    expect(late.json).toEqual({ status: "blocked", reason: "conflict" });
    await world.call("POST", "/gate", { scope: "all", mode: "realtime" }, bearer("admin"));
    expect(await states(world)).toEqual(["succeeded", "succeeded"]);
  });

  test("[GAT-31] a release that is sent twice with one Idempotency-Key releases once", async () => {
    await using world = await httpWorld();
    await world.call("POST", "/gate", { scope: "action:say:hello", mode: "stepper" });
    for (const input of [1, 2]) await world.runtime.runs.enqueue("say:hello", input);
    const press = (): Promise<unknown> =>
      world
        .call("POST", "/gate/next", { scope: "action:say:hello" }, { "idempotency-key": "click" })
        .then(({ json }) => json);
    expect(await press()).toEqual(await press());
    expect(await states(world)).toEqual(["succeeded", "waiting"]);
  });

  test("[GAT-30] a pending without a gate says so, and a scope that cannot be read is refused", async () => {
    await using world = await httpWorld();
    expect((await world.call("GET", "/gate?scope=task:a")).json).toEqual({
      gates: [],
      pending: { mode: "realtime", head: 0, reason: "wrong_mode" },
    });
    for (const [method, path, body] of [
      ["GET", "/gate?scope=nothing", undefined],
      ["POST", "/gate", { scope: "nothing", mode: "stepper" }],
      ["POST", "/gate", { scope: "all", mode: "slow" }],
      ["POST", "/gate/next", { scope: "nothing" }],
      ["POST", "/gate/next", { expectedHead: 1.5 }],
      ["POST", "/gate/next", { key: "" }],
    ] as const) {
      const { status, json } = await world.call(method, path, body);
      expect([path, status, json.code]).toEqual([path, 400, "gate.invalid"]);
    }
  });

  test("[GAT-33] the status of the controls names the gates that are shut", async () => {
    await using world = await httpWorld();
    await world.call("POST", "/gate", { scope: "task:a", mode: "stepper" });
    expect((await world.call("GET", "/control")).json.gates).toMatchObject([
      { scope: "task:a", mode: "stepper", actor: "user:local" },
    ]);
  });
});
