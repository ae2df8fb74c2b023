// Gates: those that are shut, which numbers of the journal moved them, and the keys under which something was released.
// A permit stands with the run that it lets through, so a claim pays nothing for it.

export const gate: string = `
ALTER TABLE run ADD COLUMN permit INTEGER; -- when a gate released it; null for a run that has to wait before one

-- A process that waits before a gate stands in no other line, until it is released or has another message.
ALTER TABLE process ADD COLUMN permit INTEGER; -- the last slot that was released by a gate
ALTER TABLE process ADD COLUMN gate TEXT;      -- the scope of the gate before which it waits
CREATE INDEX process_gate ON process (gate) WHERE gate IS NOT NULL;

CREATE TABLE gate (scope TEXT PRIMARY KEY, actor TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT) WITHOUT ROWID;

-- The newest event about a gate over each scope; '' stands for every scope.
CREATE TABLE gate_move (scope TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE gate_key (
  key TEXT PRIMARY KEY, scope TEXT NOT NULL, at INTEGER NOT NULL,
  answer TEXT NOT NULL               -- JSON
) WITHOUT ROWID;
CREATE INDEX gate_key_at ON gate_key (at);
`;
