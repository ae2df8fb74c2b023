// Copies everything of one database into another, part by part. Each part is committed together with how far the copy has
// come, so a copy that was killed goes on where it stopped, and never does anything twice.
import { systemClock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { dumpTables, type DumpTable } from "../storage/dump-tables.ts";
import type { CopyState, DumpKey, DumpSource, DumpStorage } from "../storage/dump.ts";
import type { Storage } from "../storage/storage.ts";

export interface CopyProgress {
  readonly table: string;
  /** Rows of all tables, what an earlier attempt has copied included. */
  readonly rows: number;
  readonly total: number;
}

export interface CopyReport {
  readonly rows: number;
  /** Of them, by an earlier attempt. */
  readonly before: number;
  readonly tables: Readonly<Record<string, number>>;
}

export interface CopyOptions {
  readonly onProgress?: (progress: CopyProgress) => void;
  /** The source may be at work: the copy is of one moment of it. It cannot be resumed. */
  readonly whileAtWork?: boolean;
}

const rowsPerPart = 1_000;

/** Both are open. Throws `copy.conflict` for a target that is not empty, and `storage.in-use` for a source at work. */
export async function copyStorage(
  from: Storage,
  to: Storage,
  options: CopyOptions = {},
): Promise<CopyReport> {
  // What was committed has its number before the snapshot.
  await from.journal.head();
  return from.snapshot(async (dump) => {
    const now = (from.clock ?? systemClock).now();
    const source = await dump.source({ now });
    if (options.whileAtWork !== true) refuseAtWork(source, from.address);
    const state = await to.dump.begin({ source: source.identity });
    const copy = new Copy(dump, to.dump, { source, state, ...options });
    return copy.run();
  });
}

/** What is done after the copy would be missing in it, and its runs would run twice. */
function refuseAtWork({ nodes }: DumpSource, address: string): void {
  if (nodes.length === 0) return;
  throw new EscapementError(
    "storage.in-use",
    `Cannot copy ${address} while ${nodes.length === 1 ? "a node is" : "nodes are"} at work on it: stop ${nodes.join(", ")}. A node that was killed counts for as long as its lease holds.`,
    { details: { nodes } },
  );
}

interface CopyParts extends CopyOptions {
  readonly source: DumpSource;
  readonly state: CopyState;
}

class Copy {
  readonly #from: Pick<DumpStorage, "read">;
  readonly #to: DumpStorage;
  readonly #parts: CopyParts;
  #rows: number;

  constructor(from: Pick<DumpStorage, "read">, to: DumpStorage, parts: CopyParts) {
    this.#from = from;
    this.#to = to;
    this.#parts = parts;
    this.#rows = parts.state.rows;
  }

  async run(): Promise<CopyReport> {
    const { source, state } = this.#parts;
    const first = Math.max(
      0,
      dumpTables.findIndex(({ name }) => name === state.table),
    );
    for (const table of dumpTables.slice(first))
      await this.#copyTable(table, table.name === state.table ? (state.after ?? undefined) : undefined);
    await this.#to.finish();
    return { rows: this.#rows, before: state.rows, tables: source.rows };
  }

  async #copyTable(table: DumpTable, from: DumpKey | undefined): Promise<void> {
    const { source, onProgress } = this.#parts;
    const total = Object.values(source.rows).reduce((sum, rows) => sum + rows, 0);
    let after = from;
    // The next part is read while this one is written.
    let next = this.#read(table, after);
    for (;;) {
      const rows = await next;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = table.key.map((column) => keyValue(last[column]));
      next = this.#read(table, after);
      next.catch(() => undefined);
      await this.#to.write({ table: table.name, rows, rowsBefore: this.#rows });
      this.#rows += rows.length;
      onProgress?.({ table: table.name, rows: this.#rows, total: Math.max(total, this.#rows) });
    }
  }

  #read({ name }: DumpTable, after: DumpKey | undefined): ReturnType<DumpStorage["read"]> {
    return this.#from.read({
      table: name,
      limit: rowsPerPart,
      ...(after === undefined ? {} : { after }),
    });
  }
}

function keyValue(value: unknown): string | number {
  if (typeof value === "string" || typeof value === "number") return value;
  throw new EscapementError("storage.broken", `A key of the source holds ${String(value)}.`);
}
