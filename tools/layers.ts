// The one table of what may import what. The checker (tools/check-layers.ts), the lint rules (oxlint.config.ts)
// and the drawing in docs/internals/map.md all read it. Order is the reading order of the code: an import may only
// point at folders named in `imports`, and a folder may only name folders above itself.

export interface Layer {
  readonly folder: string;
  readonly level: number;
  readonly holds: string;
  /** Folders of src/ that this one may import. */
  readonly imports: readonly string[];
  /** node: modules and npm packages that this one may import. */
  readonly outside: readonly string[];
}

const pure = ["base", "event", "time", "cron", "schedule", "run", "task", "process", "document", "record"];
const services = ["journal", "memory", "stores", "tables"];
const movers = ["control", "gate", "actions", "runs", "tasks", "processes"];

export const layers: readonly Layer[] = [
  layer(1, "base", "errors, clock and random ports, ids, JSON, durations, services", []),
  layer(
    1,
    "event",
    "what happened, as data: kinds, category, severity, the audit",
    ["base"],
    ["node:crypto"],
  ),
  layer(1, "cells", "a typed state under a ref of memory, and steps that thread it", ["base"]),
  layer(1, "services", "the parts of an application: typed, lazy, disposed in reverse", ["base"]),
  layer(1, "time", "time zones as tables of offsets, calendar fields", ["base"]),
  layer(1, "cron", "the cron dialect: parse, next, previous, match, describe", ["base", "time"]),
  layer(1, "schedule", "rules for times: next, preview, missed, overlap", ["base", "time", "cron"]),
  layer(1, "run", "what a run is: where it stands, claim plan, retry, rate", ["base", "event"]),
  layer(1, "task", "what a task is: definition, validation, firing", [
    "base",
    "time",
    "cron",
    "schedule",
    "run",
  ]),
  layer(
    1,
    "record",
    "what a record is: content, terms, fingerprint, ranking, lineage",
    ["base"],
    ["node:crypto"],
  ),
  layer(1, "document", "what a document is: its key, and what a change makes of it", ["base"]),
  layer(1, "process", "what a process is: definition, fold, patch, chain", ["base"], ["node:crypto"]),
  layer(2, "storage", "the promise a database must keep, one file per noun", pure),
  layer(
    2,
    "sqlite",
    "the promise kept by SQLite",
    [...pure, "storage"],
    ["node:sqlite", "node:worker_threads", "node:timers", "node:fs", "node:path", "node:crypto"],
  ),
  layer(
    2,
    "postgres",
    "the promise kept by PostgreSQL",
    [...pure, "storage"],
    ["pg", "node:crypto", "node:timers/promises", "node:worker_threads"],
  ),
  layer(
    3,
    "copy",
    "everything of one database into another; backups",
    ["base", "storage", "sqlite"],
    ["node:fs/promises"],
  ),
  layer(
    3,
    "journal",
    "everything that happened: read, tail, subscribe, verify, export, archive",
    [...pure, "storage"],
    ["node:crypto", "node:fs/promises", "node:path", "node:util", "node:zlib"],
  ),
  layer(3, "memory", "records, refs, lineage, search", [...pure, "storage"], ["node:worker_threads"]),
  layer(
    3,
    "tables",
    "typed SQL of the application: Kysely on the storage, migrations",
    ["base", "storage"],
    ["kysely", "node:crypto"],
  ),
  layer(3, "stores", "typed documents under tuple keys", ["base", "event", "document", "storage"]),
  layer(4, "control", "switch, clusters, limits, check", [...pure, "storage", ...services]),
  layer(4, "paths", "paths into memory and tables, checked by the compiler", [
    "base",
    "storage",
    "memory",
    "tables",
  ]),
  layer(4, "gate", "holds live work and releases it one start at a time", [
    ...pure,
    "storage",
    ...services,
    "control",
  ]),
  layer(4, "actions", "named typed handlers and their registry", ["base", "run", "memory", "stores"]),
  layer(
    4,
    "runs",
    "one execution of an action: enqueue, claim, settle, steps",
    [...pure, "storage", ...services, "actions"],
    ["node:async_hooks", "node:crypto", "node:worker_threads"],
  ),
  layer(4, "tasks", "schedules that run actions: register, tick, trigger", [
    ...pure,
    "storage",
    ...services,
    "actions",
    "runs",
  ]),
  layer(4, "processes", "ordered stateful processes: send, fold, time travel", [
    ...pure,
    "storage",
    ...services,
    "actions",
    "runs",
  ]),
  layer(
    5,
    "subsystems",
    "the built-in actions, written on the public nouns only",
    ["base", "memory", "actions", "control", "runs", "tasks", "processes"],
    [
      "systeminformation",
      "zod",
      "node:perf_hooks",
      "node:dns",
      "node:net",
      "node:http",
      "node:https",
      "node:zlib",
      "node:os",
    ],
  ),
  layer(
    6,
    "embedder",
    "text into vectors, over HTTP: the public sub-path escapement/embedder",
    ["base", "memory", "subsystems"],
    ["zod", "node:timers/promises"],
  ),
  layer(
    6,
    "runtime",
    "createRuntime: assembles, decides nothing",
    [...pure, "storage", "copy", ...services, ...movers, "subsystems"],
    ["node:os", "node:process"],
  ),
  layer(
    7,
    "contract",
    "the shapes that cross the wire",
    [...pure, "storage", ...services, ...movers],
    ["zod"],
  ),
  layer(
    7,
    "http",
    "HTTP: routes, problems, metrics",
    ["base", "contract", "runtime"],
    ["hono", "@hono/node-server", "prom-client", "node:crypto", "node:fs", "node:http", "node:net", "zod"],
  ),
  layer(
    7,
    "testing",
    "virtual clock, seeded random, conformance suite",
    [...pure, "storage", "sqlite", "memory", "stores", "cells", "runtime"],
    ["node:assert", "node:crypto"],
  ),
  layer(
    7,
    "cli",
    "the command line",
    [
      "base",
      "time",
      "cron",
      "schedule",
      "storage",
      "sqlite",
      "postgres",
      "copy",
      "runtime",
      "contract",
      "http",
    ],
    ["node:*"],
  ),
];

function layer(
  level: number,
  folder: string,
  holds: string,
  imports: readonly string[],
  outside: readonly string[] = [],
): Layer {
  return { folder, level, holds, imports, outside };
}
