// Stores: documents under keys that are spelled as document/key.ts says, and what is known of each store.
// A body is text, not jsonb: that would refuse texts that JSON may hold, and forget the order of the fields.

export const documents: string = `
CREATE TABLE escapement.document (
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  store text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  body text NOT NULL,                -- JSON
  PRIMARY KEY (store, key)
);

CREATE TABLE escapement.store (
  floor bigint NOT NULL DEFAULT 0,   -- the greatest version that was deleted
  last_run_at bigint,
  name text COLLATE "C" PRIMARY KEY
);
`;
