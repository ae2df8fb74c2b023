// Durable steps. In the order of completion, so that keeping one appends; results may be large, so the index is apart.

export const steps: string = `
CREATE TABLE step (
  seq INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  pass INTEGER NOT NULL,
  name TEXT NOT NULL,
  parent TEXT,                       -- the step inside which it was asked for
  result TEXT NOT NULL,              -- JSON
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE UNIQUE INDEX step_name ON step (run_id, pass, name);
`;
