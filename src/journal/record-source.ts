// Where events are read from: the database, and before what it still keeps, the archive.
import type { EventFilter, EventRecord, JournalBounds, JournalStorage } from "../storage/journal.ts";
import type { JournalArchive } from "./archive.ts";

export interface RecordSource {
  read(filter: EventFilter): Promise<readonly EventRecord[]>;
  bounds(): Promise<JournalBounds>;
}

type Database = Pick<JournalStorage, "read" | "bounds">;

export function recordSource(journal: Database, archive: JournalArchive | undefined): RecordSource {
  if (archive === undefined)
    return { read: (filter) => journal.read(filter), bounds: () => journal.bounds() };
  return {
    read: (filter) =>
      filter.after === undefined
        ? readBack(journal, archive, filter)
        : readOn(journal, archive, filter, filter.after),
    async bounds() {
      const bounds = await journal.bounds();
      const oldest = (await archive.list())[0];
      if (oldest === undefined || oldest.first >= bounds.first) return bounds;
      return { ...bounds, first: oldest.first, firstChain: oldest.chainBefore };
    },
  };
}

/** Most readers are near the head, and need not even look into the folder. */
async function readOn(
  journal: Database,
  archive: JournalArchive,
  filter: EventFilter,
  after: number,
): Promise<readonly EventRecord[]> {
  const found = await journal.read(filter);
  // Asked afterwards: what was not dropped by now was there when it was read.
  const { first } = await journal.bounds();
  return first <= after + 1 ? found : readOld(journal, archive, filter, after);
}

/** What is archived is deleted from the database only later, so it may be in both: the archive goes first. */
async function readOld(
  journal: Database,
  archive: JournalArchive,
  filter: EventFilter,
  after: number,
): Promise<readonly EventRecord[]> {
  for (;;) {
    const end = await archive.end();
    const old = await archive.read(filter);
    if (old.length >= filter.limit) return old;
    const rest = { ...filter, after: Math.max(after, end), limit: filter.limit - old.length };
    const found = await journal.read(rest);
    // What was archived meanwhile may be missing between the two.
    if ((await archive.end()) === end) return [...old, ...found];
  }
}

async function readBack(
  journal: Database,
  archive: JournalArchive,
  filter: EventFilter,
): Promise<readonly EventRecord[]> {
  const found = await journal.read(filter);
  const limit = filter.limit - found.length;
  if (limit === 0) return found;
  const before = found.at(-1)?.seq ?? filter.before;
  const old = await archive.read({ ...filter, ...(before === undefined ? {} : { before }), limit });
  return [...found, ...old];
}
