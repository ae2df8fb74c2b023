// How far a copy into this database has come, so that one that was interrupted can go on.

export const copy: string = `
CREATE TABLE escapement.copy (
  rows bigint NOT NULL,
  one integer PRIMARY KEY CHECK (one = 1),
  finished boolean NOT NULL,
  source text NOT NULL,              -- what is copied, see storage/dump.ts
  table_name text,                   -- the table under way
  after text                         -- JSON of the key of its newest row
);
`;
