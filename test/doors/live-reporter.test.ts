import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { gatherView } from "../../src/cli/start/gather-view.ts";
import { HostHistory } from "../../src/cli/start/host-history.ts";
import { sampleTaskId } from "../../src/cli/start/default-tasks.ts";
import { LiveReporter } from "../../src/cli/start/live-reporter.ts";
import { RateMeter } from "../../src/cli/start/rate-meter.ts";
import { httpWorld } from "./http-world.ts";

class Terminal extends EventEmitter {
  readonly columns = 100;
  readonly rows = 30;
  written = "";
  write(text: string): boolean {
    this.written += text;
    return true;
  }
}

describe("the live view of a server", () => {
  test("[CLI-24] it shows the tasks and gives the terminal back at the end", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/hourly", { type: "interval", schedule: "1h", action: "say:no" });
    await world.runtime.clock.advance("61m");
    const terminal = new Terminal();
    const reporter = new LiveReporter(terminal, { LANG: "C.UTF-8" }, "linux");
    await reporter.begin(world.runtime);
    await reporter.started("http://127.0.0.1:4040");
    expect(terminal.written).toContain("hourly");
    expect(terminal.written).toContain("http://127.0.0.1:4040");
    expect(terminal.written).toContain("every 1h");
    reporter.stopping();
    expect(terminal.written).toContain("stopping");
    await reporter.stopped();
    const [, after = ""] = terminal.written.split("\u001b[?1049l");
    expect(after).toContain("Stopped. Everything is kept in sqlite::memory:");
    expect(terminal.eventNames()).toEqual([]);
  });

  test("[CLI-24] what it gathers is how the tasks stand", async () => {
    await using world = await httpWorld();
    const { runtime } = world;
    await world.call("PUT", "/tasks/good", { type: "interval", schedule: "5s", action: "say:hello" });
    await world.call("PUT", "/tasks/bad", { type: "interval", schedule: "7s", action: "say:no" });
    await world.call("PUT", "/tasks/off", {
      type: "interval",
      schedule: "1s",
      action: "say:no",
      enabled: false,
    });
    await runtime.clock.advance("11s");
    await world.call("POST", "/control/kill", { reason: "fire" });
    const view = await gatherView(runtime, await runtime.tasks.all(), runtime.clock.now());
    expect(view.tasks).toMatchObject([
      { id: "bad", nextInMs: 3_000, errorCount: 1, last: { state: "failed", agoMs: 4_000, error: "No." } },
      { id: "good", nextInMs: 4_000, runCount: 2, last: { state: "succeeded", agoMs: 1_000 } },
      { id: "off", nextInMs: null, enabled: false },
    ]);
    expect(view.switchOn).toEqual({ reason: "fire" });
    expect(view.counts).toMatchObject({ succeeded: 2, failed: 1 });
    const failures = view.events.filter(({ severity }) => severity === "error");
    expect(failures).toMatchObject([
      { kind: "scheduled_task_failed", subject: "task:bad", label: "bad: No." },
    ]);
  });

  test("[CLI-24] samples of the host come from the results of its runs, each once, and gaps show", async () => {
    await using world = await httpWorld();
    const { runtime } = world;
    let cpuPercent = 0;
    runtime.action("fake:sample", {
      run: () => ({ cpuPercent: (cpuPercent += 10), memoryUsedBytes: 1, memoryTotalBytes: 4 }),
    });
    const task = { type: "interval", schedule: "5s", action: "fake:sample", missed: "none" };
    await world.call("PUT", `/tasks/${sampleTaskId}`, task);
    await runtime.clock.advance("11s");
    const history = new HostHistory();
    await history.update(runtime);
    await history.update(runtime);
    await runtime.clock.advance("5s");
    await world.call("POST", `/tasks/${sampleTaskId}/stop`);
    await runtime.clock.advance("1m");
    await world.call("POST", `/tasks/${sampleTaskId}/start`);
    await runtime.clock.advance("5s");
    await history.update(runtime);
    const rows = new Map(history.rows().map((row) => [row.label, row]));
    expect(rows.get("cpu")).toMatchObject({ values: [10, 20, 30, null, 40], latest: 40 });
    expect(rows.get("memory")).toMatchObject({ latest: 25 });
    expect(rows.get("disk")).toMatchObject({ latest: null });
  });

  test("[CLI-24] the rate is what finished between two looks, per second", () => {
    const meter = new RateMeter();
    meter.look(100, 0);
    meter.look(110, 1_000);
    meter.look(111, 3_000);
    expect(meter.rates()).toEqual([10, 0.5]);
  });
});
