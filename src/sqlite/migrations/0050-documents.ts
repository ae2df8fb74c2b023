// Stores: documents under keys that are spelled as document/key.ts says, and what is known of each store.

export const documents: string = `
CREATE TABLE document (
  store TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  body TEXT NOT NULL                 -- JSON
);
CREATE UNIQUE INDEX document_key ON document (store, key);

CREATE TABLE store (
  name TEXT PRIMARY KEY,
  floor INTEGER NOT NULL DEFAULT 0,  -- the greatest version that was deleted
  last_run_at INTEGER
) WITHOUT ROWID;
`;
