// The audit's chain, where the journal begins, and the cursors of those who read it.

export const journal: string = `
ALTER TABLE journal ADD COLUMN chain TEXT; -- of audited events, see event/audit.ts
CREATE INDEX journal_audit ON journal (seq) WHERE chain IS NOT NULL;

CREATE TABLE journal_end (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  first INTEGER NOT NULL,            -- the kept part begins with this number
  first_chain TEXT NOT NULL,         -- and the chain stood so before it
  audited INTEGER NOT NULL,          -- the newest audited event
  chain TEXT NOT NULL                -- and its chain
);
INSERT INTO journal_end VALUES (1, coalesce((SELECT min(seq) FROM journal), 1), '', 0, '');
-- The head is kept apart from the rows, so that the newest ones cannot be taken out unseen.
INSERT INTO tally (name, value) VALUES ('journal', coalesce((SELECT max(seq + count - 1) FROM journal), 0));

CREATE TABLE cursor (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,              -- everything up to here has been handled
  holder TEXT,
  lease_until INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  created_at INTEGER NOT NULL,
  moved_at INTEGER NOT NULL
) WITHOUT ROWID;
`;
