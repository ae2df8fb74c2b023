// Copies everything of one database into another, empty one: from one engine to the other, or to a new place.
import { copyStorage } from "../../copy/copy-storage.ts";
import { systemClock } from "../../base/clock.ts";
import { cliFault } from "../cli-fault.ts";
import { command, type Command } from "../command.ts";
import { storageOf } from "../open-storage.ts";
import { ProgressBar } from "../progress-bar.ts";

const name = "copy";

export const copy: Command = command({
  name,
  summary: "copies everything into another, empty database",
  words: [],
  about:
    "Tasks with their cursors and counters, runs of every state with their steps and their history, the ledger, the journal with its numbers, switches, clusters and limits: a server that is started on the target goes on where the source stopped. Stop every node of the source first. A copy that was interrupted goes on where it stopped when it is started again; until it is complete nothing works on the target.",
  options: {
    from: { type: "string", value: "ADDRESS", help: "what is copied: sqlite:PATH or postgres://…" },
    to: { type: "string", value: "ADDRESS", help: "where to: a new file, or a database without data in it" },
    json: { type: "boolean", help: "JSON instead of a text for people" },
  },
  examples: [
    "copy --from sqlite:./data/escapement.db --to postgres://user@db.internal/app",
    "copy --from postgres://user@db.internal/app --to sqlite:./app.db",
  ],
  async run({ values, output }) {
    const { from, to, json = false } = values;
    if (from === undefined || to === undefined) throw cliFault(name, "it needs --from and --to");
    if (from === to) throw cliFault(name, "--from and --to are the same");
    const bar = new ProgressBar(process.stderr, () => systemClock.elapsed());
    await using opened = new AsyncDisposableStack();
    const source = await storageOf(from, "--from");
    await source.open();
    opened.defer(() => source.close());
    const target = await storageOf(to, "--to");
    await target.open();
    opened.defer(() => target.close());
    opened.defer(() => bar.end());
    const report = await copyStorage(source, target, {
      onProgress: ({ table, rows, total }) => bar.show(rows, total, table),
    });
    bar.end();
    if (json) return output.json(report);
    const before = report.before === 0 ? "" : `, ${report.before} of them by an earlier attempt`;
    output.line(`${report.rows} rows are copied${before}. Nothing of the source has changed.`);
  },
});
