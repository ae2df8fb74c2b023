import { createServer } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { parseToken } from "../../src/http/token.ts";
import { cliWorld, runCommand } from "./cli-world.ts";

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const escapes = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

const five = ["--every", "5s", "--action", "say:hello", "--params", '{"to":"you"}'];

describe("tasks", () => {
  test("[CLI-8] a task is registered, shown, stopped, started, triggered, previewed, explained and removed", async () => {
    await using world = await cliWorld();
    const { cli, runtime } = world;
    expect(await cli("tasks", "list")).toMatchObject({ code: 0, out: "There are no tasks.\n" });
    const added = await cli(
      "tasks",
      "add",
      "five",
      ...five,
      "--tag",
      "a",
      "--tag",
      "b",
      "--name",
      "Every five",
    );
    expect(added).toMatchObject({ code: 0, err: "" });
    expect(added.out).toMatch(/schedule +every 5s/);
    expect(await runtime.tasks.get("five")).toMatchObject({
      name: "Every five",
      params: { to: "you" },
      tags: ["a", "b"],
    });

    const list = await cli("tasks", "list");
    expect(list.out).toMatch(/^ID +SCHEDULE +ACTION +NEXT +RUNS +ERRORS\nfive +every 5s +say:hello/);
    expect((await cli("tasks", "show", "five")).out).toMatch(/params +\{"to":"you"\}/);
    expect((await cli("tasks", "preview", "five", "-n", "2")).out.trimEnd().split("\n")).toHaveLength(2);

    expect((await cli("tasks", "stop", "five", "--note", "lunch")).out).toBe("five is stopped.\n");
    expect((await cli("tasks", "show", "five")).out).toMatch(/state +stopped: lunch/);
    expect((await cli("tasks", "start", "five")).out).toMatch(/^five is on: next run/);

    const triggered = await cli("tasks", "trigger", "five", "--params", '{"to":"me"}', "--json");
    expect(triggered.json).toMatchObject({ taskId: "five", params: { to: "me" } });
    await runtime.clock.advance("6s");
    const explained = await cli("tasks", "explain", "five", "2026-01-01T00:00:05Z");
    expect(explained.out).toMatch(/^2026-01-01T00:00:05\.000Z {2}run: run \w{26}\n$/);
    const filled = await cli(
      "tasks",
      "backfill",
      "five",
      "--from",
      "2025-12-31T23:59:50Z",
      "--to",
      "2026-01-01",
    );
    expect(filled.out).toBe("3 runs are waiting, 0 times had run already.\n");

    expect((await cli("tasks", "remove", "five")).out).toBe("five is removed.\n");
    expect(await cli("tasks", "remove", "five")).toMatchObject({ code: 3, out: "" });
  });

  test("[CLI-9] a task that exists is left as it is unless it is to be replaced", async () => {
    await using world = await cliWorld();
    await world.cli("tasks", "add", "five", ...five);
    const again = await world.cli("tasks", "add", "five", "--every", "9s", "--action", "say:hello");
    expect(again).toMatchObject({ code: 4, out: "", err: expect.stringContaining("--replace") });
    expect((await world.runtime.tasks.get("five"))?.schedule).toBe("5s");
    await world.cli("tasks", "add", "five", "--every", "9s", "--action", "say:hello", "--replace");
    expect((await world.runtime.tasks.get("five"))?.schedule).toBe("9s");
  });

  test("[CLI-9] a file gives the fields, and options win over it", async () => {
    await using world = await cliWorld();
    const folder = await mkdtemp(join(tmpdir(), "escapement-"));
    const file = join(folder, "task.json");
    await writeFile(
      file,
      JSON.stringify({ type: "cron", schedule: "0 3 * * *", action: "say:hello", overlap: "allow" }),
    );
    const { code } = await world.cli(
      "tasks",
      "add",
      "x",
      "--file",
      file,
      "--tz",
      "Europe/Paris",
      "--disabled",
    );
    expect(code).toBe(0);
    expect(await world.runtime.tasks.get("x")).toMatchObject({
      overlap: "allow",
      timezone: "Europe/Paris",
      enabled: false,
    });
    await writeFile(file, "[1]");
    expect((await world.cli("tasks", "add", "y", "--file", file)).err).toMatch(/must hold one object/);
    await rm(folder, { recursive: true });
    expect((await world.cli("tasks", "add", "y", "--file", file)).err).toMatch(/cannot be read/);
  });

  test("[CLI-3] what is wrong with a task is one line for each field", async () => {
    await using world = await cliWorld();
    const wrong = await world.cli("tasks", "add", "x", "--cron", "61 * * * *", "--action", "say:helo");
    expect([wrong.code, wrong.out]).toEqual([2, ""]);
    const [head, ...lines] = wrong.err.trimEnd().split("\n");
    expect(head).toBe('Cannot register task "x".');
    expect(lines.map((line) => line.trim().split(" ")[0] ?? "").toSorted()).toEqual(["action", "schedule"]);
  });
});

describe("runs and control", () => {
  test("[CLI-10] a run is enqueued, listed, shown, cancelled and redriven", async () => {
    await using world = await cliWorld();
    const { cli, runtime } = world;
    const made = await cli(
      "runs",
      "enqueue",
      "say:hello",
      '{"a":1}',
      "--delay",
      "10m",
      "--priority=-2",
      "--json",
    );
    expect(made.json).toMatchObject({ state: "waiting", params: { a: 1 }, priority: -2 });
    const { id } = made.json;
    expect((await cli("runs", "list", "--state", "waiting")).out).toMatch(
      new RegExp(`\n${id} +waiting +say:hello`),
    );
    expect((await cli("runs", "cancel", id, "--reason", "no need")).out).toBe(`Run ${id} is cancelled.\n`);
    expect((await cli("runs", "show", id)).out).toMatch(/state +cancelled: no need/);
    expect(await cli("runs", "retry", id)).toMatchObject({ code: 4 });

    const failing = await cli("runs", "enqueue", "say:no");
    const failed = /Run (\w{26}) is waiting/.exec(failing.out)?.[1] ?? "";
    await runtime.clock.settle();
    const shown = await cli("runs", "show", failed);
    expect(shown.out).toMatch(/error +EscapementError: No\./);
    expect(shown.out).not.toContain("http-world.ts");
    expect((await cli("runs", "list", "--state", "failed")).out).toMatch(
      /^ID +ACTION +FAILED +TRIES +CODE +ERROR\n\w{26} +say:no .* 1 +run\.conflict +No\.\n$/,
    );
    expect(await cli("runs", "retry", failed)).toMatchObject({ code: 0 });
    expect(await cli("runs", "show", "nobody")).toMatchObject({ code: 3 });
    expect(await cli("runs", "enqueue", "say:helo")).toMatchObject({ code: 3 });
    expect(await cli("runs", "list", "--state", "done")).toMatchObject({ code: 2 });
  });

  test("[CLI-10] the same key gives the same run, unless it is to be rejected", async () => {
    await using world = await cliWorld();
    const line = ["runs", "enqueue", "say:hello", "--delay", "1h", "--key", "a", "--fifo", "f"];
    const first = await world.cli(...line, "--json");
    expect((await world.cli(...line, "--json")).json.id).toBe(first.json.id);
    expect(await world.cli(...line, "--on-conflict", "reject")).toMatchObject({ code: 4 });
    expect(await world.cli(...line, "--on-conflict", "maybe")).toMatchObject({ code: 2 });
  });

  test("[CLI-11] work is killed and restored, clusters are switched and limited", async () => {
    await using world = await cliWorld();
    const { cli, runtime } = world;
    expect((await cli("control", "status")).out).toContain("Nothing is killed.");
    const killed = await cli("control", "kill", "--reason", "fire", "--scope", "action:say:hello");
    expect(killed.out).toMatch(/action:say:hello +fire +user:local/);
    expect((await runtime.control.status()).killed).toHaveLength(1);
    const restored = await cli("control", "restore", "--scope", "action:say:hello");
    expect(restored.out).toBe("action:say:hello runs again.\n");
    expect((await cli("control", "restore")).out).toBe("all was not killed.\n");

    expect(await cli("control", "cluster", "api")).toMatchObject({ code: 3 });
    expect((await cli("control", "cluster", "api", "--off", "--reason", "move")).out).toMatch(
      /api +off +move/,
    );
    expect((await cli("control", "limit", "api", "100", "--per", "1h")).out).toMatch(/100 per 1h/);
    expect((await cli("control", "limit", "api", "--none", "--json")).json).not.toHaveProperty("limit");
    expect((await cli("control", "cluster", "api", "--on", "--json")).json).toMatchObject({ enabled: true });
  });

  test("[CLI-7] --json prints what the server answered", async () => {
    await using world = await cliWorld();
    await world.cli("tasks", "add", "five", ...five);
    const pairs: readonly (readonly [string, string])[] = [
      ["tasks list", "/tasks"],
      ["tasks show five", "/tasks/five"],
      ["tasks preview five -n 2", "/tasks/five/preview?count=2"],
      ["runs list -n 3", "/runs?limit=3"],
      ["control status", "/control"],
    ];
    for (const [line, path] of pairs) {
      const { json } = await world.cli(...line.split(" "), "--json");
      expect(json).toEqual((await world.call("GET", path)).json);
    }
  });
});

describe("dead letters", () => {
  test("[CLI-32] failed runs are redriven by filter, after a look at how many", async () => {
    await using world = await cliWorld();
    const { cli, runtime } = world;
    for (const tag of ["a", "b", "b"]) await runtime.runs.enqueue("say:no", {}, { tags: [tag] });
    await runtime.clock.settle();
    await runtime.control.kill();
    const look = await cli("runs", "retry", "--tag", "b", "--dry-run");
    expect(look.out).toBe("2 failed runs would be retried.\n");
    const some = await cli("runs", "retry", "--error", "run.conflict", "--tag", "b", "--json");
    expect(some.json).toEqual({ matched: 2, retried: 2 });
    expect((await runtime.runs.counts()).failed).toBe(1);
    expect((await cli("runs", "retry", "--all")).out).toBe("1 of 1 failed runs wait again.\n");
  });

  test("[CLI-32] without a filter nothing is redriven, nor with an id and a filter", async () => {
    await using world = await cliWorld();
    const { cli, runtime } = world;
    const { id } = await runtime.runs.enqueue("say:no", {});
    await runtime.clock.settle();
    for (const words of [[], ["--all", "--tag", "a"], [id, "--tag", "a"], [id, "--dry-run"]])
      expect(await cli("runs", "retry", ...words)).toMatchObject({ code: 2, out: "" });
    expect((await runtime.runs.counts()).failed).toBe(1);
  });
});

describe("journal tail", () => {
  test("[CLI-12] the last events, oldest first", async () => {
    await using world = await cliWorld();
    for (let count = 0; count < 5; count++) await world.cli("runs", "enqueue", "say:hello", "--delay", "1h");
    const { out } = await world.cli("journal", "tail", "-n", "3", "--kind", "run.enqueued", "--no-follow");
    const numbers = out
      .trimEnd()
      .split("\n")
      .map((line) => Number(line.split(/ +/)[1]));
    expect(numbers).toHaveLength(3);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test("[CLI-12] everything behind a number, each once and in order, over many pages", async () => {
    await using world = await cliWorld();
    for (let count = 0; count < 2_500; count++) void world.runtime.journal.note("counted", { count });
    await world.runtime.clock.settle();
    const { out } = await world.cli("journal", "tail", "--after", "0", "--no-follow", "--json");
    const seqs = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).seq);
    expect(seqs.length).toBeGreaterThan(2_500);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });
});

describe("the server at the other end", () => {
  test("[CLI-13] nobody there, or somebody else", async () => {
    const nobody = await runCommand(["tasks", "list", "--url", "http://127.0.0.1:1"]);
    expect(nobody).toMatchObject({ code: 5, out: "" });
    expect(nobody.err).toMatch(/^Nothing answers at http:\/\/127\.0\.0\.1:1 .*escapement start/);

    const other = createServer((_, response) => response.end("<html>hello</html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = Object(other.address());
    const somebody = await runCommand(["tasks", "list", "--url", `http://127.0.0.1:${port}`]);
    expect(somebody.code).toBe(5);
    expect(somebody.err).toMatch(/seems to be something else/);
    other.close();
  });

  test("[CLI-13] a redirect is not followed, because the token is for this server", async () => {
    let seen = 0;
    const target = createServer((_, response) => {
      seen += 1;
      response.end("{}");
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const away = createServer((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${Object(target.address()).port}/` }).end(),
    );
    await new Promise<void>((resolve) => away.listen(0, "127.0.0.1", resolve));
    const { code } = await runCommand([
      "tasks",
      "list",
      "--url",
      `http://127.0.0.1:${Object(away.address()).port}`,
    ]);
    expect([code, seen]).toEqual([5, 0]);
    target.close();
    away.close();
  });

  test("[CLI-14] the token comes from the option or from the environment", async () => {
    await using world = await cliWorld({
      tokens: [parseToken("viewer:look-only-1"), parseToken("boss-boss-3")],
    });
    const run = (line: string, env: Record<string, string> = {}) =>
      runCommand([...line.split(" "), "--url", world.url], { env });
    expect(await run("tasks list")).toMatchObject({ code: 2, err: expect.stringContaining("token") });
    expect(await run("tasks list --token wrong-secret")).toMatchObject({ code: 2 });
    expect(await run("tasks list --token look-only-1")).toMatchObject({ code: 0 });
    expect(await run("tasks list --token viewer:look-only-1")).toMatchObject({ code: 0 });
    expect(await run("tasks list", { ESCAPEMENT_TOKEN: "viewer:look-only-1" })).toMatchObject({ code: 0 });
    const low = await run("control kill --reason x", { ESCAPEMENT_TOKEN: "look-only-1" });
    expect(low).toMatchObject({ code: 2, err: expect.stringContaining('needs the role "admin"') });
    expect(await run("control kill --reason x", { ESCAPEMENT_TOKEN: "boss-boss-3" })).toMatchObject({
      code: 0,
    });
  });

  test("[CLI-2] the family of an error is the exit code", async () => {
    await using world = await cliWorld();
    await world.cli("tasks", "add", "five", ...five);
    const code = async (...args: readonly string[]): Promise<number> => (await world.cli(...args)).code;
    expect(await code("tasks", "show", "five")).toBe(0);
    expect(await code("tasks", "explain", "five", "soon")).toBe(2);
    expect(await code("tasks", "show", "six")).toBe(3);
    expect(await code("tasks", "add", "five", ...five)).toBe(4);
    await world.runtime.stop();
    expect(await code("tasks", "show", "five")).toBe(5);
  });
});

describe("what is printed", () => {
  test("[CLI-5] text from outside cannot move the cursor or change colours", async () => {
    await using world = await cliWorld();
    const evil = "\u001b[2J\u001b[31mred\u0007\nnext\u009b1m\u202e";
    // What names are made of is held to be harmless already, but for what turns the direction of writing.
    const sly = "red\u202e";
    await world.call("PUT", "/tasks/evil", {
      name: sly,
      type: "interval",
      schedule: "5s",
      action: "say:hello",
      params: { evil },
      tags: [sly],
    });
    await world.call("POST", "/tasks/evil/stop", { note: evil });
    await world.call("POST", "/control/kill", { reason: evil });
    const run = await world.call("POST", "/runs", {
      action: "say:hello",
      input: evil,
      tags: [sly],
      delay: "1h",
    });
    await world.call("POST", `/runs/${run.json.id}/cancel`, { reason: evil });
    const lines = [
      "tasks list",
      "tasks show evil",
      "runs list",
      `runs show ${run.json.id}`,
      "control status",
    ];
    for (const line of [...lines, "journal tail --no-follow -n 100"]) {
      for (const terminal of [{}, { isTTY: true, columns: 300, env: { NO_COLOR: "1" } }]) {
        const { out } = await runCommand([...line.split(" "), "--url", world.url], terminal);
        expect(out).not.toMatch(escapes);
        expect(out).not.toContain("\u202e");
        expect(out.length).toBeGreaterThan(20);
      }
    }
  });

  test("[CLI-5] no line of a table is wider than the terminal", async () => {
    await using world = await cliWorld();
    await world.cli("tasks", "add", "a".repeat(150), ...five);
    for (const columns of [40, 80, 200]) {
      const { out } = await runCommand(["tasks", "list", "--url", world.url], {
        isTTY: true,
        columns,
        env: { NO_COLOR: "1" },
      });
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  test("[CLI-5] without a terminal nothing is cut", async () => {
    await using world = await cliWorld();
    await world.cli("tasks", "add", "a".repeat(150), ...five);
    expect((await world.cli("tasks", "list")).out).toContain("a".repeat(150));
    expect(commands.length).toBeGreaterThan(20);
  });
});
