// The first schema. Hot tables hold live rows only; finished runs live in run_history.
// Texts that are keys compare byte by byte, as SQLite does. The schema is written as "escapement" here and in every
// statement; connection.ts puts the real name in.

export const tables: string = `
CREATE TABLE escapement.run (
  priority bigint NOT NULL,
  due_at bigint NOT NULL,
  scheduled_for bigint NOT NULL,
  max_attempts bigint NOT NULL,
  passes bigint NOT NULL DEFAULT 1,
  started_at bigint,
  fence bigint,                      -- which claim took it last; an answer that was lost can be asked for by it
  progress double precision,
  attempt integer NOT NULL DEFAULT 0,
  pass integer NOT NULL DEFAULT 1,
  id text COLLATE "C" PRIMARY KEY,
  place text COLLATE "C" NOT NULL,   -- where it waits, see run/place.ts; a running row keeps the place it came from
  node text COLLATE "C",             -- who runs it; null while it waits
  action text COLLATE "C" NOT NULL,
  params text NOT NULL,
  task_id text COLLATE "C",
  cluster text COLLATE "C",
  lanes text,                        -- JSON [{key, limit}], null for none
  rates text,                        -- JSON [{key, limit, perMs, burst}], null for none
  key text COLLATE "C",              -- makes the run the only one of its action with this key
  fifo text COLLATE "C",             -- the line in which it waits for its turn
  parent_id text,
  tags text[],
  options text,                      -- JSON of what a task sets for its runs: {retry, timeoutMs}
  error text                         -- of the attempt before
) WITH (
  fillfactor = 45,                   -- room beside every row for its running version: a claim then touches no index
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);
CREATE INDEX run_place ON escapement.run (place, priority DESC, due_at, id);
CREATE INDEX run_task ON escapement.run (task_id, id) WHERE task_id IS NOT NULL;
CREATE UNIQUE INDEX run_key ON escapement.run (action, key) WHERE key IS NOT NULL;
CREATE INDEX run_fifo ON escapement.run (fifo, id) WHERE fifo IS NOT NULL;

CREATE TABLE escapement.run_history (
  priority bigint NOT NULL,
  due_at bigint NOT NULL,
  scheduled_for bigint NOT NULL,
  max_attempts bigint NOT NULL,
  passes bigint NOT NULL,
  started_at bigint,
  finished_at bigint NOT NULL,
  progress double precision,
  attempt integer NOT NULL,
  pass integer NOT NULL,
  id text COLLATE "C" PRIMARY KEY,
  state text COLLATE "C" NOT NULL,
  node text COLLATE "C",
  action text COLLATE "C" NOT NULL,
  params text NOT NULL,
  task_id text COLLATE "C",
  cluster text COLLATE "C",
  lanes text,
  rates text,
  key text COLLATE "C",
  fifo text COLLATE "C",
  parent_id text,
  tags text[],
  options text,
  result text,
  error text,
  reason text
);
CREATE INDEX run_history_task ON escapement.run_history (task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX run_history_key ON escapement.run_history (action, key, id) WHERE key IS NOT NULL;
CREATE INDEX run_history_failed ON escapement.run_history (id) WHERE state = 'failed';

CREATE TABLE escapement.lane (key text COLLATE "C" PRIMARY KEY, seats integer NOT NULL);

-- How many unfinished runs a line has: locked by whoever enters or leaves it.
CREATE TABLE escapement.fifo (key text COLLATE "C" PRIMARY KEY, runs integer NOT NULL);

CREATE TABLE escapement.task (
  cursor bigint NOT NULL,            -- every nominal time up to here has its outcome
  next_due bigint,
  fired bigint NOT NULL DEFAULT 0,
  run_count bigint NOT NULL DEFAULT 0,
  error_count bigint NOT NULL DEFAULT 0,
  last_run bigint,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  enabled boolean NOT NULL,
  id text COLLATE "C" PRIMARY KEY,
  definition text NOT NULL,          -- JSON, see task/task.ts
  paused_note text,
  last_error text,
  flow text                          -- JSON {lanes, rates} where they follow from the params
);
CREATE INDEX task_due ON escapement.task (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE escapement.task_version (
  task_id text COLLATE "C" NOT NULL, version bigint NOT NULL, definition text NOT NULL,
  PRIMARY KEY (task_id, version)
);

CREATE TABLE escapement.occurrence (
  task_id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  until bigint NOT NULL,             -- equal to at for one nominal time, later for a span
  count bigint,
  version bigint NOT NULL,
  outcome text NOT NULL,
  reason text COLLATE "C" NOT NULL,  -- '' for a run
  run_id text,
  PRIMARY KEY (task_id, at, reason)
);
CREATE INDEX occurrence_until ON escapement.occurrence USING brin (until);

-- Events wait here, written with the change they tell of, until they are given their numbers after its commit.
-- A row is a page: events of one kind and one actor from one statement.
CREATE TABLE escapement.journal_inbox (
  id bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at bigint NOT NULL,                -- of all its events, or the latest when ats has them one by one
  kind text NOT NULL,                -- category and severity follow from it, see event/event.ts
  actor text NOT NULL,
  label text,                        -- of all its events, unless labels has them one by one
  subjects text[] COLLATE "C" NOT NULL,
  ats bigint[],
  parents text[],
  labels text[],
  durations double precision[],
  data text[]
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Written and taken out again soon: compressing it would be for nothing.
ALTER TABLE escapement.journal_inbox ALTER subjects SET STORAGE EXTERNAL, ALTER ats SET STORAGE EXTERNAL,
  ALTER durations SET STORAGE EXTERNAL, ALTER labels SET STORAGE EXTERNAL;

CREATE TYPE escapement.subject_range AS RANGE (SUBTYPE = text, COLLATION = "C");

CREATE TABLE escapement.journal (
  first_seq bigint PRIMARY KEY,      -- the number of its first event; the others follow
  commit_seq bigint NOT NULL,        -- the number of the first event of the same transaction
  at bigint NOT NULL,
  size integer NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  label text,
  first_subject text COLLATE "C" NOT NULL,
  last_subject text COLLATE "C" NOT NULL,
  subjects text[] COLLATE "C" NOT NULL,
  ats bigint[],
  parents text[],
  labels text[],
  durations double precision[],
  data text[]
);
CREATE INDEX journal_subject ON escapement.journal (first_subject) WHERE size = 1;
CREATE INDEX journal_subjects ON escapement.journal
  USING gist (escapement.subject_range(first_subject, last_subject, '[]')) WHERE size > 1;

CREATE TABLE escapement.journal_head (head bigint NOT NULL);
INSERT INTO escapement.journal_head VALUES (0);

CREATE TABLE escapement.switch (
  scope text COLLATE "C" PRIMARY KEY, reason text NOT NULL, actor text NOT NULL, at bigint NOT NULL, until bigint
);

CREATE TABLE escapement.cluster (
  id text COLLATE "C" PRIMARY KEY, enabled boolean NOT NULL, label text, reason text,
  rate_limit double precision, rate_per_ms double precision, rate_burst double precision
);

-- Another number after every change of switches, clusters and limits, so that a node knows when its copy is old.
CREATE TABLE escapement.control (version bigint NOT NULL);
INSERT INTO escapement.control VALUES (1);

CREATE TABLE escapement.rate (
  tat double precision NOT NULL,     -- see run/gcra.ts
  wake_at bigint,                    -- when runs parked behind this limit are looked at again
  key text COLLATE "C" PRIMARY KEY,
  spec text                          -- JSON {limit, perMs, burst}, to know how many of them
);
CREATE INDEX rate_wake ON escapement.rate (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE escapement.lease (
  node text COLLATE "C" PRIMARY KEY, started_at bigint NOT NULL, lease_until bigint NOT NULL
);

-- Counts are only ever added, so that no two transactions wait for each other; they are summed up now and then.
CREATE TABLE escapement.tally (value bigint NOT NULL, name text COLLATE "C" NOT NULL)
  WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
`;
