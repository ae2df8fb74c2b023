// Brings the application's own tables up to date: every migration that is missing, each in a transaction with its line in
// the ledger, one process at a time. Forward only: what was applied is never undone here.
import { PostgresAdapter, sql, type Kysely, type KyselyPlugin, type Transaction } from "kysely";
import { EscapementError } from "../base/errors.ts";
import { findSubtraction } from "./additive.ts";
import {
  checkLedger,
  checkPhases,
  orderMigrations,
  type AppliedMigration,
  type TableMigration,
} from "./migration.ts";
import { recordMigration, textOf, type Recording } from "./record-statements.ts";
import { findDrift, snapshotOf, tablesIn } from "./schema-snapshot.ts";

export interface MigrateOptions {
  /**
   * `apply` (default) applies what is missing, `plan` does the same and takes it all back, `verify` changes nothing and
   * throws when the ledger, the migrations and the tables do not agree.
   */
  readonly mode?: "apply" | "plan" | "verify";
  /** Also what takes away; default false, so that it stays pending. */
  readonly contract?: boolean;
  readonly signal?: AbortSignal;
}

export interface MigrationReport {
  /** What was applied now, or would be. */
  readonly applied: readonly string[];
  /** What is left to do after that. */
  readonly pending: readonly string[];
  /** The statements of what was applied, or would be, with their values. */
  readonly statements: readonly string[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- see TableMigration
type AnyKysely = Kysely<any>;
// oxlint-disable-next-line typescript/no-explicit-any -- see TableMigration
type AnyTransaction = Transaction<any>;

const ledger = "table_migration";

interface LedgerRow extends AppliedMigration {
  /** JSON: the tables that it touched, as it left them. */
  readonly tables: string;
}

interface Plan {
  readonly ordered: readonly TableMigration[];
  readonly recordings: ReadonlyMap<string, Recording>;
  readonly checksums: ReadonlyMap<string, string>;
}

/** Throws `table.changed-migration`, `table.conflict`, `table.invalid`, and what a migration throws. */
export async function migrate(
  db: AnyKysely,
  migrations: readonly TableMigration[],
  { mode = "apply", contract = false, signal }: MigrateOptions = {},
): Promise<MigrationReport> {
  const plan = await planOf(db, migrations);
  const isWanted = ({ phase }: TableMigration): boolean => contract || phase !== "contract";
  const report = { applied: [] as string[], statements: [] as string[] };
  const step = async (tx: AnyTransaction, migration: TableMigration): Promise<void> => {
    signal?.throwIfAborted();
    const done = await readLedger(tx, plan);
    if (done.has(migration.id)) return;
    report.statements.push(...(await applyOne(tx, migration, plan)));
    report.applied.push(migration.id);
  };
  const before = await db.transaction().execute((tx) => readLedger(tx, plan, mode));
  const missing = plan.ordered.filter(({ id }) => !before.has(id));
  const wanted = missing.filter(isWanted);
  if (mode !== "verify") checkPhases(wanted);
  if (mode === "apply")
    for (const migration of wanted) await db.transaction().execute((tx) => step(tx, migration));
  if (mode === "plan") {
    await takingBack(db, async (tx) => {
      for (const migration of wanted) await step(tx, migration);
    });
  }
  const left = missing.filter(({ id }) => !report.applied.includes(id));
  return { ...report, pending: left.map(({ id }) => id) };
}

async function planOf(db: AnyKysely, migrations: readonly TableMigration[]): Promise<Plan> {
  const ordered = orderMigrations(migrations);
  const recordings = new Map<string, Recording>();
  for (const migration of ordered) {
    const recording = await recordMigration(db, migration);
    recordings.set(migration.id, recording);
    if (migration.phase !== "expand") continue;
    const fault = recording.nodes.map(findSubtraction).find((one) => one !== undefined);
    if (fault === undefined) continue;
    throw new EscapementError(
      "table.invalid",
      `Migration "${migration.id}" is to expand, but does not only add: ${fault}. Make it a contraction of its own.`,
      { details: { id: migration.id } },
    );
  }
  const checksums = new Map([...recordings].map(([id, { checksum }]) => [id, checksum]));
  return { ordered, recordings, checksums };
}

/** The ids in the ledger, while nobody else migrates. */
async function readLedger(
  tx: AnyTransaction,
  plan: Plan,
  mode?: MigrateOptions["mode"],
): Promise<ReadonlySet<string>> {
  if (tx.getExecutor().adapter instanceof PostgresAdapter)
    await sql`select pg_advisory_xact_lock(hashtextextended(${ledger}, 0))`.execute(tx);
  const isThere = (await tx.introspection.getTables()).some(({ name }) => name === ledger);
  if (!isThere && mode !== undefined) return new Set();
  if (!isThere) {
    await tx.schema
      .createTable(ledger)
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("checksum", "text", (column) => column.notNull())
      .addColumn("phase", "text")
      .addColumn("tables", "text", (column) => column.notNull())
      .execute();
  }
  const { rows } =
    await sql<LedgerRow>`select id, checksum, tables from ${sql.table(ledger)} order by id`.execute(tx);
  checkLedger(plan.checksums, rows);
  if (mode === "verify") await checkDrift(tx, plan, rows);
  return new Set(rows.map(({ id }) => id));
}

/** Each table as the migration that last touched it has left it. Throws `table.conflict`, which names what differs. */
async function checkDrift(tx: AnyTransaction, plan: Plan, rows: readonly LedgerRow[]): Promise<void> {
  const order = plan.ordered.map(({ id }) => id);
  const inOrder = rows.toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  const wanted: Record<string, readonly string[]> = {};
  for (const { tables } of inOrder) Object.assign(wanted, JSON.parse(tables));
  const drift = findDrift(wanted, await snapshotOf(tx, Object.keys(wanted)));
  if (drift.length === 0) return;
  throw new EscapementError(
    "table.conflict",
    `The tables are not as the migrations have left them: ${drift.join("; ")}. Somebody changed them by hand: write a migration that says so, or change them back.`,
    { details: { drift } },
  );
}

/** The statements that it made. */
async function applyOne(tx: AnyTransaction, migration: TableMigration, plan: Plan): Promise<string[]> {
  const statements: string[] = [];
  const executor = tx.getExecutor();
  const taker: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      statements.push(textOf(executor.compileQuery(node, queryId)));
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  await migration.up(tx.withPlugin(taker));
  const recording = plan.recordings.get(migration.id);
  const tables = await snapshotOf(tx, tablesIn(recording?.nodes ?? []));
  await tx
    .insertInto(ledger)
    .values({
      id: migration.id,
      checksum: plan.checksums.get(migration.id),
      phase: migration.phase ?? null,
      tables: JSON.stringify(tables),
    })
    .execute();
  return statements;
}

const taken = Symbol("taken back");

async function takingBack(db: AnyKysely, work: (tx: AnyTransaction) => Promise<void>): Promise<void> {
  const done = db.transaction().execute(async (tx) => {
    await work(tx);
    throw taken;
  });
  await done.catch((error: unknown) => {
    if (error !== taken) throw error;
  });
}
