// The first schema. Hot tables hold live rows only; finished runs live in run_history.
// Tables are kept in key order (WITHOUT ROWID): ids sort by time, so inserts append and neighbours are read together.

export const first: string = `
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  place TEXT,                        -- where it waits, see run/place.ts; null while it runs
  node TEXT,                         -- who runs it; null while it waits
  priority INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  action TEXT NOT NULL,
  params TEXT NOT NULL,
  task_id TEXT,
  scheduled_for INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  fence INTEGER,                     -- which claim took it last
  max_attempts INTEGER NOT NULL,
  pass INTEGER NOT NULL DEFAULT 1,
  passes INTEGER NOT NULL DEFAULT 1,
  cluster TEXT,
  lanes TEXT,                        -- JSON [{key, limit}], null for none
  rates TEXT,                        -- JSON [{key, limit, perMs, burst}], null for none
  key TEXT,                          -- makes the run the only one of its action with this key
  fifo TEXT,                         -- the line in which it waits for its turn
  parent_id TEXT,
  tags TEXT,                         -- JSON [text], null for none
  options TEXT,                      -- JSON of what a task sets for its runs: {retry, timeoutMs}
  started_at INTEGER,
  progress REAL,
  error TEXT,                        -- of the attempt before
  first_seq INTEGER NOT NULL         -- no event about the run is older than this one
) WITHOUT ROWID;
-- Running rows are not in it: starting a run and ending it then cost one change of an index, not three.
CREATE INDEX run_place ON run (place, priority, due_at) WHERE place IS NOT NULL;
CREATE INDEX run_task ON run (task_id) WHERE task_id IS NOT NULL;
CREATE UNIQUE INDEX run_key ON run (action, key) WHERE key IS NOT NULL;
CREATE INDEX run_fifo ON run (fifo) WHERE fifo IS NOT NULL;

CREATE TABLE run_history (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  action TEXT NOT NULL,
  params TEXT NOT NULL,
  task_id TEXT,
  scheduled_for INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  pass INTEGER NOT NULL,
  passes INTEGER NOT NULL,
  cluster TEXT,
  lanes TEXT,
  rates TEXT,
  key TEXT,
  fifo TEXT,
  parent_id TEXT,
  tags TEXT,
  options TEXT,
  started_at INTEGER,
  finished_at INTEGER NOT NULL,
  progress REAL,
  node TEXT,
  result TEXT,
  error TEXT,
  reason TEXT,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL          -- and none is newer than this one
) WITHOUT ROWID;
CREATE INDEX run_history_task ON run_history (task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX run_history_key ON run_history (action, key) WHERE key IS NOT NULL;
CREATE INDEX run_history_failed ON run_history (id) WHERE state = 'failed';

CREATE TABLE lane (key TEXT PRIMARY KEY, seats INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE task (
  id TEXT PRIMARY KEY,
  definition TEXT NOT NULL,          -- JSON, see task/task.ts
  enabled INTEGER NOT NULL,
  paused_note TEXT,
  cursor INTEGER NOT NULL,           -- every nominal time up to here has its outcome
  next_due INTEGER,
  fired INTEGER NOT NULL DEFAULT 0,
  run_count INTEGER NOT NULL DEFAULT 0,
  error_count INTEGER NOT NULL DEFAULT 0,
  last_run INTEGER,
  last_error TEXT,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  flow TEXT                          -- JSON {lanes, rates} where they follow from the params
) WITHOUT ROWID;
CREATE INDEX task_due ON task (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE task_version (
  task_id TEXT NOT NULL, version INTEGER NOT NULL, definition TEXT NOT NULL,
  PRIMARY KEY (task_id, version)
) WITHOUT ROWID;

CREATE TABLE occurrence (
  task_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,            -- equal to at for one nominal time, later for a span
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,              -- '' for a run
  count INTEGER,
  run_id TEXT,
  version INTEGER NOT NULL,
  PRIMARY KEY (task_id, at, reason)
) WITHOUT ROWID;

-- A row is one event, or a set of events of one kind about runs that happened in one transaction.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,           -- of the event, or of the first of the set
  count INTEGER NOT NULL DEFAULT 1,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                -- category and severity follow from it, see event/event.ts
  actor TEXT NOT NULL,
  subject TEXT,                      -- null for a set
  parent TEXT,
  commit_seq INTEGER NOT NULL,       -- the first event of the same transaction
  label TEXT,
  duration_ms REAL,
  data TEXT,
  entries TEXT                       -- JSON of a set: [[run id, at, parent, label, duration in ms, data], …]
);
CREATE INDEX journal_subject ON journal (subject) WHERE subject IS NOT NULL;

CREATE TABLE switch (
  scope TEXT PRIMARY KEY, reason TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER
) WITHOUT ROWID;

CREATE TABLE cluster (
  id TEXT PRIMARY KEY, enabled INTEGER NOT NULL, label TEXT, reason TEXT,
  rate_limit REAL, rate_per_ms REAL, rate_burst REAL
) WITHOUT ROWID;

CREATE TABLE rate (
  key TEXT PRIMARY KEY,
  tat REAL NOT NULL,                 -- see run/gcra.ts
  wake_at INTEGER,                   -- when runs parked behind this limit are looked at again
  spec TEXT                          -- JSON {limit, perMs, burst}, to know how many of them
) WITHOUT ROWID;
CREATE INDEX rate_wake ON rate (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE lease (node TEXT PRIMARY KEY, started_at INTEGER NOT NULL, lease_until INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE tally (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`;
