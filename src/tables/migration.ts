// Migrations of the application's own tables, as data: in which order they go, and which of them are left to do.
import type { Kysely } from "kysely";
import { EscapementError, invalidInput, type Issue } from "../base/errors.ts";

export interface TableMigration {
  /** Migrations go in the order of their ids, like `2026-03-01-notes`. */
  readonly id: string;
  /** Ids of migrations that must go before it, whatever their order. */
  readonly after?: readonly string[];
  /**
   * `expand` only adds, so that what runs now goes on working; that is checked. `contract` takes away what nobody uses any
   * more, and is applied only when asked for, in a later release.
   */
  readonly phase?: "expand" | "contract";
  // oxlint-disable-next-line typescript/no-explicit-any -- a migration knows tables of its own time, which no type describes
  up(db: Kysely<any>): Promise<void>;
}

/** A migration in the ledger. */
export interface AppliedMigration {
  readonly id: string;
  readonly checksum: string;
}

/** In the order in which they go. Throws `table.invalid`. */
export function orderMigrations(migrations: readonly TableMigration[]): TableMigration[] {
  const issues: Issue[] = [];
  const byId = new Map(migrations.map((migration) => [migration.id, migration]));
  if (byId.size < migrations.length) issues.push({ field: "id", message: "is there twice" });
  for (const migration of migrations) {
    const { id, after = [] } = migration;
    if (typeof id !== "string" || id === "") issues.push({ field: "id", message: "must be a text" });
    if (typeof migration.up !== "function") issues.push({ field: `${id}.up`, message: "must be a function" });
    for (const earlier of after)
      if (!byId.has(earlier))
        issues.push({ field: `${id}.after`, message: `there is no migration "${earlier}"` });
  }
  if (issues.length > 0) throw invalidInput("table.invalid", "Cannot migrate.", issues);
  const left = migrations.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const ordered: TableMigration[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ after = [] }) =>
      after.every((id) => ordered.some((one) => one.id === id)),
    );
    const [migration] = next === -1 ? [] : left.splice(next, 1);
    if (migration === undefined) {
      const ids = left.map(({ id }) => id).join(", ");
      throw new EscapementError(
        "table.invalid",
        `Cannot migrate: ${ids} wait for each other. Look at their "after".`,
      );
    }
    ordered.push(migration);
  }
  return ordered;
}

/** What was applied must still be there as it was. Throws `table.changed-migration`. */
export function checkLedger(
  checksums: ReadonlyMap<string, string>,
  ledger: readonly AppliedMigration[],
): void {
  for (const { id, checksum } of ledger) {
    const now = checksums.get(id);
    if (now === checksum) continue;
    const what =
      now === undefined
        ? "was applied to this database, but is not among the given ones: put it back, under its own id"
        : "was applied to this database with other statements than it has now: put it back as it was, and write a new one for what is to change";
    throw new EscapementError("table.changed-migration", `Migration "${id}" ${what}.`, { details: { id } });
  }
}

/** A contraction in the release of an expansion would take away what the running code still uses. Throws `table.conflict`. */
export function checkPhases(pending: readonly TableMigration[]): void {
  const expand = pending.find(({ phase }) => phase === "expand");
  const contract = pending.find(({ phase }) => phase === "contract");
  if (expand === undefined || contract === undefined) return;
  throw new EscapementError(
    "table.conflict",
    `Cannot apply "${contract.id}", which takes away, together with "${expand.id}", which adds: apply what adds, release the code that uses it, and contract after that.`,
    { details: { expand: expand.id, contract: contract.id } },
  );
}
