// Three tasks as other schedulers keep them, registered unchanged: a limit reset by cron, a health check by interval,
// a maintenance window by one instant. The virtual clock plays two days in a moment.
import { pathToFileURL } from "node:url";
import type { TaskInput } from "escapement";
import { testClock, testRuntime } from "escapement/testing";

const clock = testClock("2025-01-27T12:00:00Z");

const tasks: TaskInput[] = [
  {
    id: "daily-reset",
    name: "Daily Rate Limit Reset",
    type: "cron",
    schedule: "0 0 * * *", // Midnight UTC
    enabled: true,
    action: "rate_limit:update",
    params: { clusterId: "api", limit: 10000 },
    runCount: 0,
    errorCount: 0,
  },
  {
    id: "health-check",
    name: "Health Check",
    type: "interval",
    schedule: "300000", // 5 minutes in ms
    enabled: true,
    action: "cluster:enable", // Enable cluster if disabled
    params: { clusterId: "api" },
    runCount: 0,
    errorCount: 0,
  },
  {
    id: "maintenance-window",
    name: "Maintenance Window",
    type: "once",
    schedule: String(clock.now() + 3600000), // 1 hour from now
    enabled: true,
    action: "kill_switch:enable",
    params: {},
    runCount: 0,
    errorCount: 0,
  },
];

export async function main(print: (line: string) => void): Promise<void> {
  await using runtime = await testRuntime({ clock });
  for (const task of tasks) await runtime.tasks.register(task);

  await clock.advance("10m");
  await runtime.control.clusters.disable("api", { reason: "deploy", actor: "user:ada" });
  const before = await runtime.control.check({ cluster: "api" });
  print(`12:10 api allowed: ${before.allowed} (${before.reason})`);

  await clock.advance("5m");
  const healed = await runtime.control.check({ cluster: "api" });
  print(`12:15 api allowed: ${healed.allowed}`);

  await clock.advance("1h");
  const { killed } = await runtime.control.status();
  print(`13:15 killed: ${killed.map((one) => `${one.scope} by ${one.actor}`).join(", ")}`);

  // The health check is one of the actions that run even while everything is killed; the limit update is not.
  await clock.advance("1d");
  print(`reset at midnight: ${(await runtime.tasks.explain("daily-reset", "2025-01-28T00:00:00Z")).reason}`);
  await runtime.control.restore({ actor: "user:ada" });
  await clock.advance("1d");

  for (const task of await runtime.tasks.all()) {
    const next = task.nextRun?.toISOString() ?? "never again";
    print(`${task.id}: ${task.runCount} runs, ${task.errorCount} errors, next ${next}`);
  }
  const [limit] = (await runtime.control.status()).clusters;
  print(`limit of api: ${limit?.limit?.limit} per ${limit?.limit?.perMs} ms`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(console.log);
