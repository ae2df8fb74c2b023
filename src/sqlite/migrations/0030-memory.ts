// Records and refs. One row of `memory` counts the points: every append, forgetting and move of a ref takes the next. It
// counts the records with text that can be seen, too.

export const memory: string = `
CREATE TABLE memory (point INTEGER NOT NULL, at INTEGER NOT NULL, vectors INTEGER NOT NULL, texts INTEGER NOT NULL);
INSERT INTO memory VALUES (0, 0, 0, 0);

CREATE TABLE record (
  seq INTEGER PRIMARY KEY,           -- its point
  at INTEGER NOT NULL,               -- never earlier than that of the point before
  form INTEGER NOT NULL,             -- of the body: see contentForms in storage/record-row.ts
  forgotten_seq INTEGER,
  forgotten_at INTEGER,
  forgotten_reason TEXT,
  purged_seq INTEGER,                -- from then on body and metadata are gone
  id TEXT NOT NULL,
  namespace TEXT NOT NULL,
  content_type TEXT NOT NULL,
  print TEXT NOT NULL,               -- SHA-256, see record/fingerprint.ts
  parents TEXT,                      -- JSON list of ids, null for none
  metadata TEXT,                     -- canonical JSON, null for {}
  body BLOB                          -- text or bytes
);
CREATE UNIQUE INDEX record_id ON record (id);
CREATE INDEX record_namespace ON record (namespace, seq);
CREATE INDEX record_forgotten ON record (forgotten_seq) WHERE forgotten_seq IS NOT NULL;
CREATE INDEX record_purged ON record (purged_seq) WHERE purged_seq IS NOT NULL;

-- The terms and marks of records under their numbers, and nothing else: see record/terms.ts and record/facets.ts.
-- What is deleted is taken out of it, not covered up.
CREATE VIRTUAL TABLE record_terms USING fts5 (term, content='', detail=none, columnsize=0, tokenize='ascii');
INSERT INTO record_terms (record_terms, rank) VALUES ('secure-delete', 1);

CREATE TABLE vector (
  version INTEGER PRIMARY KEY,       -- counted in memory.vectors: greater after every change, so that a copy knows what is new
  seq INTEGER NOT NULL UNIQUE,       -- of the record
  dimensions INTEGER NOT NULL,
  model TEXT NOT NULL,
  data BLOB NOT NULL                 -- 32-bit floats, little endian
);
CREATE INDEX vector_model ON vector (model, version);

CREATE TABLE ref (name TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ref_log (
  seq INTEGER PRIMARY KEY,           -- its point
  at INTEGER NOT NULL,
  name TEXT NOT NULL,
  from_id TEXT,
  to_id TEXT,
  actor TEXT NOT NULL
);
CREATE INDEX ref_log_name ON ref_log (name, seq);
`;
