// Processes: their messages, what became of them, and snapshots. What a process needs is found by its
// own key, and nothing but its own rows is read to rebuild it.

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
  skip INTEGER,                      -- an error at this slot is gone past
  created_at INTEGER NOT NULL,
  forked_from TEXT,                  -- slots up to forked_at are kept there
  forked_at INTEGER,
  first_seq INTEGER NOT NULL         -- no event about the process is older than this one
) WITHOUT ROWID;
CREATE INDEX process_waiting ON process (name, waiting) WHERE waiting IS NOT NULL;
CREATE INDEX process_node ON process (node) WHERE node IS NOT NULL;

-- Messages that were not handled yet, in the order of their arrival whatever their process: each page is filled and left.
-- There is no index: the writer knows where the messages of a process wait, see pending-messages.ts.
CREATE TABLE message (
  seq INTEGER PRIMARY KEY,
  process TEXT NOT NULL,
  slot INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  input TEXT NOT NULL,
  at INTEGER NOT NULL,
  chain TEXT NOT NULL,
  actor TEXT NOT NULL,
  key TEXT,
  parent TEXT
);

-- A process keeps one message with a key.
CREATE TABLE message_key (
  process TEXT NOT NULL, key TEXT NOT NULL,
  slot INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, chain TEXT NOT NULL, previous TEXT NOT NULL,
  PRIMARY KEY (process, key)
) WITHOUT ROWID;

-- A row is some consecutive slots, handled in one transaction under one version: the messages, and what became of them.
-- Rows are large: kept in key order they would each take pages of their own, so they stand in the order of their arrival.
CREATE TABLE fold (
  seq INTEGER PRIMARY KEY,
  process TEXT NOT NULL,
  slot INTEGER NOT NULL,             -- the first of them
  count INTEGER NOT NULL,
  version TEXT NOT NULL,
  messages TEXT NOT NULL,            -- JSON [[id, name, input, at, chain, actor, key, parent], …]
  entries TEXT NOT NULL              -- JSON, an entry per slot
);
CREATE UNIQUE INDEX fold_slot ON fold (process, slot);

CREATE TABLE snapshot (
  seq INTEGER PRIMARY KEY, process TEXT NOT NULL, slot INTEGER NOT NULL, version TEXT NOT NULL, state TEXT NOT NULL
);
CREATE UNIQUE INDEX snapshot_slot ON snapshot (process, slot);
`;
