import { describe, expect, test } from "vitest";
import { httpWorld } from "./http-world.ts";

const everyFive = { type: "interval", schedule: "5s", action: "say:hello", params: { to: "you" } };

describe("tasks over HTTP", () => {
  test("[HTP-2] PUT makes a task and replaces it, GET shows it, DELETE takes it away", async () => {
    await using world = await httpWorld();
    const made = await world.call("PUT", "/tasks/five", everyFive);
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe("/api/v1/tasks/five");
    expect(made.json).toMatchObject({ id: "five", enabled: true, nextRun: "2026-01-01T00:00:05.000Z" });

    const replaced = await world.call("PUT", "/tasks/five", { ...everyFive, id: "five", name: "Five" });
    expect(replaced.status).toBe(200);
    const shown = await world.call("GET", "/tasks/five");
    expect(shown.json).toMatchObject({ name: "Five", version: 2 });
    expect(shown.headers.get("etag")).toBe('"2"');

    expect(await world.call("DELETE", "/tasks/five")).toMatchObject({ status: 204, text: "" });
    expect(await world.call("GET", "/tasks/five")).toMatchObject({ status: 404 });
    expect(await world.call("DELETE", "/tasks/five")).toMatchObject({ status: 404 });
  });

  test("[HTP-2] an id may hold anything, also a slash", async () => {
    await using world = await httpWorld();
    const id = "a/b ü?&";
    const made = await world.call("PUT", `/tasks/${encodeURIComponent(id)}`, everyFive);
    expect(made.json).toMatchObject({ id });
    const place = made.headers.get("location") ?? "";
    expect((await world.call("GET", `/${place}`)).json).toMatchObject({ id });
  });

  test("[HTP-3] a condition that does not hold changes nothing", async () => {
    await using world = await httpWorld();
    const fresh = { "if-none-match": "*" };
    expect((await world.call("PUT", "/tasks/five", everyFive, fresh)).status).toBe(201);
    const again = await world.call("PUT", "/tasks/five", { ...everyFive, name: "B" }, fresh);
    expect(again).toMatchObject({ status: 409, json: { code: "task.conflict" } });

    const second = { ...everyFive, name: "C" };
    expect((await world.call("PUT", "/tasks/five", second, { "if-match": '"1"' })).status).toBe(200);
    const stale = await world.call("PUT", "/tasks/five", { ...everyFive, name: "D" }, { "if-match": '"1"' });
    expect(stale.status).toBe(409);
    expect((await world.call("GET", "/tasks/five")).json).toMatchObject({ name: "C", version: 2 });
    expect((await world.call("PUT", "/tasks/five", second, { "if-match": "2" })).status).toBe(400);
  });

  test("[HTP-4] stop, start, trigger and backfill act on the task", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/five", everyFive);
    const stopped = await world.call("POST", "/tasks/five/stop", { note: "lunch" });
    expect(stopped.json).toMatchObject({ enabled: false, pausedNote: "lunch" });
    expect(stopped.json).not.toHaveProperty("nextRun");
    expect((await world.call("POST", "/tasks/five/start")).json).toMatchObject({ enabled: true });

    const run = await world.call("POST", "/tasks/five/trigger", { params: { to: "me" } });
    expect(run).toMatchObject({ status: 201, json: { taskId: "five", params: { to: "me" } } });
    await world.runtime.clock.settle();
    const place = run.headers.get("location") ?? "";
    expect((await world.call("GET", `/${place}`)).json).toMatchObject({
      state: "succeeded",
      result: { heard: { to: "me" } },
    });

    const span = { from: "2025-12-31T23:00:00Z", to: "2025-12-31T23:00:20Z", overlap: "allow" };
    expect((await world.call("POST", "/tasks/five/backfill", span)).json).toEqual({
      enqueued: 5,
      skipped: 0,
    });
    for (const verb of ["start", "stop", "trigger"]) {
      expect((await world.call("POST", `/tasks/nobody/${verb}`)).json.code).toBe("task.not-found");
    }
  });

  test("[HTP-4] the journal names the caller", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/five", everyFive);
    await world.call("POST", "/tasks/five/stop");
    const { json } = await world.call("GET", "/journal?subject=task:five");
    const kinds = json.items.map((event: { kind: string; actor: string }) => [event.kind, event.actor]);
    expect(kinds).toEqual([
      ["task.stopped", "user:local"],
      ["task.registered", "user:local"],
    ]);
  });

  test("[HTP-5] a preview answers for a kept task and for one that is not", async () => {
    await using world = await httpWorld();
    const task = {
      id: "x",
      type: "cron",
      schedule: "30 2 * * *",
      timezone: "Europe/Paris",
      action: "say:hello",
    };
    const { json } = await world.call("POST", "/tasks/preview", {
      task,
      count: 1,
      from: "2026-03-28T12:00:00Z",
    });
    // On 29 March 2026 the clocks of Paris go from 02:00 to 03:00.
    expect(json.items).toMatchObject([{ at: "2026-03-29T01:00:00.000Z" }]);
    expect(json.items[0].note).toContain("02:30");
    expect((await world.call("GET", "/tasks/x")).status).toBe(404);

    await world.call("PUT", "/tasks/five", everyFive);
    const kept = await world.call("GET", "/tasks/five/preview?count=2");
    expect(kept.json.items.map(({ at }: { at: string }) => at)).toEqual([
      "2026-01-01T00:00:05.000Z",
      "2026-01-01T00:00:10.000Z",
    ]);
  });

  test("[HTP-5] explain and occurrences tell what became of nominal times", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/five", everyFive);
    await world.runtime.clock.advance("12s");
    const explain = async (at: string): Promise<unknown> =>
      (await world.call("GET", `/tasks/five/explain?at=${at}`)).json;
    expect(await explain("2026-01-01T00:00:05Z")).toMatchObject({ outcome: "run" });
    expect(await explain("2026-01-01T00:00:06Z")).toMatchObject({ outcome: "not scheduled" });
    expect(await explain(String(Date.UTC(2026, 0, 1, 0, 0, 20)))).toMatchObject({ outcome: "pending" });
    const { json } = await world.call("GET", "/tasks/five/occurrences");
    expect(json.items).toMatchObject([
      { at: "2026-01-01T00:00:05.000Z", outcome: "run" },
      { at: "2026-01-01T00:00:10.000Z", outcome: "run" },
    ]);
  });

  test("[HTP-13] a task that could not run is refused with one issue per field, and nothing is stored", async () => {
    await using world = await httpWorld();
    const wrong = {
      type: "cron",
      schedule: "61 * * * *",
      timezone: "Mars/Base",
      action: "say:helo",
      tags: 1,
    };
    const { status, json } = await world.call("PUT", "/tasks/x", wrong);
    expect(status).toBe(400);
    expect(json.code).toBe("task.invalid");
    const fields = json.issues.map(({ field }: { field: string }) => field);
    expect(fields.toSorted()).toEqual(["action", "schedule", "tags", "timezone"]);
    expect((await world.call("GET", "/tasks")).json).toEqual({ items: [] });

    const params = await world.call("PUT", "/tasks/x", {
      type: "once",
      schedule: "2027-01-01T00:00Z",
      action: "rate_limit:update",
      params: { clusterId: "" },
    });
    expect(params.json.issues.map(({ field }: { field: string }) => field)).toEqual([
      "params.clusterId",
      "params.limit",
    ]);
    const other = await world.call("PUT", "/tasks/x", { ...everyFive, id: "y" });
    expect(other.json.issues).toMatchObject([{ field: "id" }]);
  });
});
