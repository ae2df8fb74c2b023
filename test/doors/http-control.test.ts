import { describe, expect, test } from "vitest";
import { httpWorld } from "./http-world.ts";

describe("control over HTTP", () => {
  test("[HTP-10] a switch that is thrown over HTTP stops work until it is restored", async () => {
    await using world = await httpWorld();
    const killed = await world.call("POST", "/control/kill", {
      reason: "fire",
      until: "2026-01-01T01:00:00Z",
    });
    expect(killed.json.killed).toEqual([
      {
        scope: "all",
        reason: "fire",
        actor: "user:local",
        at: "2026-01-01T00:00:00.000Z",
        until: "2026-01-01T01:00:00.000Z",
      },
    ]);
    expect(await world.runtime.control.check({ cluster: "any" })).toMatchObject({
      allowed: false,
      rule: "switch",
    });
    const run = await world.call("POST", "/runs", { action: "say:hello" });
    await world.runtime.clock.settle();
    expect((await world.call("GET", `/runs/${run.json.id}`)).json.state).toBe("waiting");

    expect((await world.call("POST", "/control/restore")).json).toEqual({ restored: true });
    expect((await world.call("POST", "/control/restore")).json).toEqual({ restored: false });
    await world.runtime.clock.settle();
    expect((await world.call("GET", `/runs/${run.json.id}`)).json.state).toBe("succeeded");
  });

  test("[HTP-10] clusters and limits that are set over HTTP are what check answers by", async () => {
    await using world = await httpWorld();
    expect((await world.call("GET", "/control/clusters/api")).json.code).toBe("cluster.not-found");
    const limited = await world.call("PUT", "/control/clusters/api/limit", { limit: 1, per: "1h" });
    expect(limited.json).toMatchObject({ id: "api", limit: { limit: 1, perMs: 3_600_000 } });
    const check = async (): Promise<unknown> => world.runtime.control.check({ cluster: "api" });
    expect(await check()).toMatchObject({ allowed: true });
    expect(await check()).toMatchObject({ allowed: false, rule: "rate" });
    await world.call("PUT", "/control/clusters/api/limit", { limit: null });
    expect(await check()).toMatchObject({ allowed: true });

    const off = await world.call("PUT", "/control/clusters/api", {
      enabled: false,
      reason: "move",
      label: "API",
    });
    expect(off.json).toMatchObject({ enabled: false, reason: "move", label: "API" });
    expect(await check()).toMatchObject({ allowed: false, rule: "cluster" });
    await world.call("PUT", "/control/clusters/api", { enabled: true });
    expect(await check()).toMatchObject({ allowed: true });
    expect((await world.call("GET", "/control")).json.clusters).toMatchObject([{ id: "api", label: "API" }]);
  });

  test("[HTP-10] the journal names the caller of every change", async () => {
    await using world = await httpWorld();
    await world.call("POST", "/control/kill", { scope: "task:a", reason: "x" });
    await world.call("POST", "/control/restore", { scope: "task:a" });
    await world.call("PUT", "/control/clusters/api", { enabled: false });
    await world.call("PUT", "/control/clusters/api/limit", { limit: 5 });
    const { json } = await world.call("GET", "/journal?category=control");
    const actors = json.items.map(({ actor }: { actor: string }) => actor);
    expect(actors).toEqual(actors.map(() => "user:local"));
    expect(actors.length).toBeGreaterThanOrEqual(4);
  });

  test("[HTP-12] a switch needs a reason and a scope that can be read", async () => {
    await using world = await httpWorld();
    const { json } = await world.call("POST", "/control/kill", { until: "soon", hard: true });
    expect(json.issues.map(({ field }: { field: string }) => field).toSorted()).toEqual([
      "hard",
      "reason",
      "until",
    ]);
    const scope = await world.call("POST", "/control/kill", { scope: "everything", reason: "x" });
    expect(scope).toMatchObject({ status: 400, json: { code: "control.invalid" } });
    expect((await world.call("GET", "/control")).json.killed).toEqual([]);
  });
});
