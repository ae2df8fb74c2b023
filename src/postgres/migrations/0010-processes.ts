// Processes: their messages, what became of them, and snapshots. The key of every table begins with the process.

export const processes: string = `
CREATE TABLE escapement.process (
  head bigint NOT NULL,              -- the slot that the next message gets
  folded bigint NOT NULL,            -- the slot that is handled next
  last_at bigint NOT NULL,
  waiting bigint,                    -- since when anybody may take it; null when held, parked or idle
  fence bigint NOT NULL DEFAULT 0,
  skip bigint,                       -- an error at this slot is gone past
  created_at bigint NOT NULL,
  forked_at bigint,
  id text COLLATE "C" PRIMARY KEY,   -- NAME/ID
  name text COLLATE "C" NOT NULL,
  chain text NOT NULL,               -- of the last message, see process/chain.ts
  node text COLLATE "C",             -- who holds it
  version text,                      -- of the definition that handled the last slot
  parked text,                       -- JSON {slot, error}
  forked_from text COLLATE "C"       -- slots up to forked_at are kept there
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX process_waiting ON escapement.process (name, waiting, id) WHERE waiting IS NOT NULL;
CREATE INDEX process_node ON escapement.process (node) WHERE node IS NOT NULL;

CREATE TABLE escapement.message (
  slot bigint NOT NULL,
  at bigint NOT NULL,
  process text COLLATE "C" NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  input text NOT NULL,
  chain text NOT NULL,
  actor text NOT NULL,
  key text COLLATE "C",              -- the only one of its process with this key
  previous text,                     -- the chain in front, of a message with a key
  parent text,
  PRIMARY KEY (process, slot)
);
CREATE UNIQUE INDEX message_key ON escapement.message (process, key) WHERE key IS NOT NULL;

-- A row is what became of some consecutive slots, handled in one transaction under one version.
CREATE TABLE escapement.fold (
  slot bigint NOT NULL,              -- the first of them
  count bigint NOT NULL,
  process text COLLATE "C" NOT NULL,
  version text NOT NULL,
  entries text NOT NULL,             -- JSON, an entry per slot
  PRIMARY KEY (process, slot)
);

CREATE TABLE escapement.snapshot (
  slot bigint NOT NULL,
  process text COLLATE "C" NOT NULL,
  version text NOT NULL,
  state text NOT NULL,               -- JSON
  PRIMARY KEY (process, slot)
);
`;
