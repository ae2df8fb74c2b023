import { describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { runCommand } from "./cli-world.ts";

describe("help", () => {
  test("[CLI-1] the overview shows every command", async () => {
    for (const args of [[], ["--help"], ["-h"], ["help"]]) {
      const { code, out } = await runCommand(args);
      expect(code).toBe(0);
      for (const { name } of commands) {
        const [noun = "", verb = noun] = name.split(" ");
        expect(out).toMatch(new RegExp(`escapement ${noun} .*\\b${verb}|escapement ${verb}\\b`));
      }
    }
  });

  test("[CLI-1] a noun shows its verbs", async () => {
    for (const args of [["tasks"], ["tasks", "--help"]]) {
      const { code, out } = await runCommand(args);
      expect(code).toBe(0);
      for (const { name, summary } of commands.filter(({ name }) => name.startsWith("tasks "))) {
        expect(out).toContain(`escapement ${name}`);
        expect(out).toContain(summary);
      }
    }
  });

  test("[CLI-1] every command shows its usage, its options and its examples", async () => {
    for (const { name, options, examples } of commands) {
      const { code, out } = await runCommand([...name.split(" "), "--help"]);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^escapement ${name}`));
      for (const option of Object.keys(options)) expect(out).toContain(`--${option}`);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(out).toContain(`escapement ${example}`);
      for (const line of out.split("\n")) {
        if (!line.startsWith("  escapement")) expect(line.length).toBeLessThanOrEqual(100);
      }
    }
  });

  test("[CLI-1] every example begins with its command and names options that exist", () => {
    for (const { name, options, examples } of commands) {
      for (const example of examples) {
        expect(example.startsWith(name)).toBe(true);
        for (const [, option = ""] of example.matchAll(/ --([\w-]+)/g)) {
          expect([example, Object.keys(options)]).toEqual([example, expect.arrayContaining([option])]);
        }
      }
    }
  });

  test("[CLI-7] every command that talks to a server has --json", () => {
    for (const { name, options } of commands.filter(({ name }) => name !== "start")) {
      expect([name, Object.keys(options)]).toEqual([name, expect.arrayContaining(["json"])]);
    }
  });

  test("[CLI-4] a command line that cannot be read says what is wrong and where help is", async () => {
    const lines: readonly (readonly [string, RegExp])[] = [
      ["task list", /there is no "task", did you mean tasks\?/],
      ["nonsense", /there is no "nonsense", only start, preview, tasks/],
      ["tasks lst", /tasks has no "lst", only list, show/],
      ["tasks show", /"escapement tasks show": it needs ID\. See escapement tasks show --help/],
      ["tasks show a b", /"b" is one word too many/],
      ["tasks list --color", /there is no option --color/],
      ["tasks list --limit", /--limit needs a value/],
      ["tasks list --limit --json", /--limit needs a value, and one that begins with a dash/],
      ["tasks add a", /say when it runs, with --cron, --every or --once/],
      ["tasks add a --cron x --every 5s", /only one of/],
      ["tasks backfill a --from 2026-01-01", /it needs --from and --to/],
      ["control kill", /it needs --reason/],
      ["control limit api", /either LIMIT or --none/],
      ["runs enqueue say:hello {nope", /Cannot read INPUT "\{nope": it is not JSON/],
      ["preview", /it needs "CRON"/],
      ["preview @daily -n 0", /Cannot read -n "0": write a whole number from 1 to 1000/],
      ["preview @daily --dst none", /write one of vixie, skip/],
      ["tasks list --url ftp://x", /Cannot read --url "ftp:\/\/x"/],
      ["start --port 70000", /Cannot read --port "70000"/],
      ["start --storage mysql:x", /Cannot open --storage "mysql:x": write sqlite:PATH/],
      ["start --probe example.com", /Cannot read --probe "example\.com"/],
      ["start --token short", /at least 8/],
    ];
    for (const [line, message] of lines) {
      const { code, out, err } = await runCommand(line.split(" "));
      expect([line, code, out]).toEqual([line, 2, ""]);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/\n +at |node:/);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
    }
  });
});

describe("preview", () => {
  test("[CLI-6] the next times in the zone and in UTC, with a note where the clocks change", async () => {
    const args = [
      "preview",
      "30 2 * * *",
      "--tz",
      "Europe/Paris",
      "--from",
      "2026-03-28T12:00:00Z",
      "-n",
      "2",
    ];
    const { code, out } = await runCommand(args);
    expect(code).toBe(0);
    const [first = "", second] = out.split("\n");
    // On 29 March 2026 the clocks of Paris go from 02:00 to 03:00.
    expect(first).toMatch(/^2026-03-29 03:00:00 \+02:00 \(Europe\/Paris\) {3}.*02:30 does not exist/);
    expect(first).toContain("   2026-03-29T01:00:00Z   ");
    expect(second).toBe("2026-03-30 02:30:00 +02:00 (Europe/Paris)   2026-03-30T00:30:00Z");

    const skip = await runCommand([...args, "--dst", "skip", "--json"]);
    expect(skip.json.items.map(({ at }: { at: string }) => at)).toEqual([
      "2026-03-30T00:30:00.000Z",
      "2026-03-31T00:30:00.000Z",
    ]);
  });

  test("[CLI-6] an expression that cannot be read, and one that never fires", async () => {
    const wrong = await runCommand(["preview", "61 * * * *"]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/^Cannot read cron "61 \* \* \* \*": .*minute/);
    const never = await runCommand(["preview", "0 0 30 2 *"]);
    expect(never.out + never.err).toMatch(/0 0 30 2 \*/);
    expect((await runCommand(["preview", "0 3 * * *", "--tz", "Mars/Base"])).err).toContain("Mars/Base");
  });
});
