// The whole content of a database as plain rows, table by table, in one form for both engines: what a copy is made of.
// Nothing is decided here and nothing is journaled: a copy is the same data in another place.
import type { Instant } from "../base/clock.ts";

export type DumpValue = string | number | boolean | null | readonly string[];
/** By column; see dump-tables.ts. */
export type DumpRow = Readonly<Record<string, DumpValue>>;
/** The values of a row's key columns. */
export type DumpKey = readonly (string | number)[];

/** What a copy has to know of where it comes from. */
export interface DumpSource {
  /** Another one after anything that is journaled has happened: a copy goes on only where nothing has. */
  readonly identity: string;
  /** Nodes that hold a lease. */
  readonly nodes: readonly string[];
  /** How many rows each table has. */
  readonly rows: Readonly<Record<string, number>>;
}

/** How far a copy into this database has come; kept with every part of it. */
export interface CopyState {
  /** The identity of the source. */
  readonly source: string;
  /** The table under way; null before the first. */
  readonly table: string | null;
  /** The key of its newest row. */
  readonly after: DumpKey | null;
  /** Rows of all tables so far. */
  readonly rows: number;
  readonly finished: boolean;
}

export interface DumpStorage {
  /** Rows behind a key, in the order of the keys: at most `limit`, fewer where they are large, none behind the last. */
  read(request: {
    readonly table: string;
    readonly after?: DumpKey;
    readonly limit: number;
  }): Promise<readonly DumpRow[]>;
  source(request: { readonly now: Instant }): Promise<DumpSource>;
  /** undefined when nothing was ever copied into this database. */
  copied(): Promise<CopyState | undefined>;
  /** Begins or goes on. Throws `copy.conflict` unless the database is empty, or holds a part of this very copy. */
  begin(request: { readonly source: string }): Promise<CopyState>;
  /**
   * Adds rows that follow the newest one, and how far the copy has come by them, in one transaction. `rowsBefore` is how
   * many there were: another copy that writes at the same time is told so by `copy.conflict`.
   */
  write(request: {
    readonly table: string;
    readonly rows: readonly DumpRow[];
    readonly rowsBefore: number;
  }): Promise<void>;
  /** Makes what follows from the rows. From then on the database can be worked on, after it was opened anew. */
  finish(): Promise<void>;
}
