// How far a copy into this database has come, so that one that was interrupted can go on.

export const copy: string = `
CREATE TABLE copy (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  source TEXT NOT NULL,              -- what is copied, see storage/dump.ts
  table_name TEXT,                   -- the table under way
  after TEXT,                        -- JSON of the key of its newest row
  rows INTEGER NOT NULL,
  finished INTEGER NOT NULL
);
`;
