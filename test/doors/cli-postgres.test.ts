import { expect, test } from "vitest";
import { postgresServer } from "../support/postgres-server.ts";
import { folder, type Line } from "./server-process.ts";

/** Says who ran it, and takes a moment, so that one node cannot run everything by itself. */
const shared = `
export default async (runtime) => {
  runtime.action("shared:work", { run: () => new Promise((resolve) => setTimeout(resolve, 400, { pid: process.pid })) });
  await runtime.tasks.register({ id: "shared", type: "interval", schedule: "100ms", action: "shared:work", overlap: "allow" });
};`;

const isShared = (line: Line): boolean => line.event === "run" && line.taskId === "shared";

test(
  "[CLI-25] two nodes on one PostgreSQL share its tasks, and no nominal time runs twice",
  { timeout: 60_000 },
  async () => {
    await using server = await postgresServer();
    await using place = await folder();
    const module = await place.file("shared.mjs", shared);
    const nodes = [1, 2].map(() => place.start(["--storage", server.url, module]));
    for (const node of nodes) expect((await node.started()).storage).not.toContain("test@");
    for (const node of nodes) await node.line(isShared);
    const times = await server.execute(
      "SELECT count(*) AS runs, count(DISTINCT scheduled_for) AS times FROM escapement.run_history WHERE task_id = 'shared'",
    );
    expect(times[0]?.["runs"]).toBe(times[0]?.["times"]);
    for (const node of nodes) node.kill("SIGINT");
    for (const node of nodes) expect((await node.end()).code).toBe(0);
  },
);
