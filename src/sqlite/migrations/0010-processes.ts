// Processes: their messages, what became of them, and snapshots. The key of every table begins with the process, so
// what belongs together stands together, and nothing but a process's own rows is read to rebuild it.

export const processes: string = `
CREATE TABLE process (
  id TEXT PRIMARY KEY,               -- NAME/ID
  name TEXT NOT NULL,
  head INTEGER NOT NULL,             -- the slot that the next message gets
  folded INTEGER NOT NULL,           -- the slot that is handled next
  chain TEXT NOT NULL,               -- of the last message, see process/chain.ts
  last_at INTEGER NOT NULL,
  waiting INTEGER,                   -- since when anybody may take it; null when held, parked or idle
  node TEXT,                         -- who holds it
  fence INTEGER NOT NULL DEFAULT 0,
  version TEXT,                      -- of the definition that handled the last slot
  parked TEXT,                       -- JSON {slot, reason, error}
  created_at INTEGER NOT NULL,
  forked_from TEXT,                  -- slots up to forked_at are kept there
  forked_at INTEGER,
  first_seq INTEGER NOT NULL         -- no event about the process is older than this one
) WITHOUT ROWID;
CREATE INDEX process_waiting ON process (name, waiting) WHERE waiting IS NOT NULL;
CREATE INDEX process_node ON process (node) WHERE node IS NOT NULL;

CREATE TABLE message (
  process TEXT NOT NULL,
  slot INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  input TEXT NOT NULL,
  at INTEGER NOT NULL,
  chain TEXT NOT NULL,
  actor TEXT NOT NULL,
  key TEXT,                          -- the only one of its process with this key
  parent TEXT,
  PRIMARY KEY (process, slot)
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_key ON message (process, key) WHERE key IS NOT NULL;

-- A row is what became of some consecutive slots, handled in one transaction under one version.
CREATE TABLE fold (
  process TEXT NOT NULL,
  slot INTEGER NOT NULL,             -- the first of them
  count INTEGER NOT NULL,
  version TEXT NOT NULL,
  moved TEXT,                        -- JSON: how the state came to this version before them
  entries TEXT NOT NULL,             -- JSON, an entry per slot, see process/
  PRIMARY KEY (process, slot)
) WITHOUT ROWID;

CREATE TABLE snapshot (
  process TEXT NOT NULL, slot INTEGER NOT NULL, version TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (process, slot)
) WITHOUT ROWID;
`;
