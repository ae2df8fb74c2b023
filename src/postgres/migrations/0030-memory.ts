// Records and refs. The one row of `memory` counts the points, and the records with text that can be seen; whoever takes one locks it until the commit, so points
// follow each other in the order of the commits, without gaps, and no reader ever misses a lower one.

export const memory: string = `
CREATE TABLE escapement.memory (point bigint NOT NULL, at bigint NOT NULL, vectors bigint NOT NULL, texts bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO escapement.memory VALUES (0, 0, 0, 0);

CREATE TABLE escapement.record (
  seq bigint PRIMARY KEY,            -- its point
  at bigint NOT NULL,                -- never earlier than that of the point before
  forgotten_seq bigint,
  forgotten_at bigint,
  purged_seq bigint,                 -- from then on body and metadata are gone
  form integer NOT NULL,             -- of the body: see contentForms in storage/record-row.ts
  id text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  content_type text NOT NULL,
  print text NOT NULL,               -- SHA-256, see record/fingerprint.ts
  forgotten_reason text,
  parents text,                      -- JSON list of ids, null for none
  metadata text,                     -- canonical JSON, null for {}
  body text,
  bytes bytea,                       -- instead of body where the form is bytes
  terms tsvector NOT NULL            -- terms and marks: see record/terms.ts and record/facets.ts
);
CREATE UNIQUE INDEX record_id ON escapement.record (id);
CREATE INDEX record_namespace ON escapement.record (namespace, seq);
CREATE INDEX record_at ON escapement.record (at, seq);
CREATE INDEX record_forgotten ON escapement.record (forgotten_seq, forgotten_at) WHERE forgotten_seq IS NOT NULL;
CREATE INDEX record_purged ON escapement.record (purged_seq) WHERE purged_seq IS NOT NULL;
CREATE INDEX record_terms ON escapement.record USING gin (terms) WITH (gin_pending_list_limit = 1024);

CREATE TABLE escapement.vector (
  version bigint PRIMARY KEY,        -- counted in memory.vectors: greater after every change, so that a copy knows what is new
  seq bigint NOT NULL UNIQUE,        -- of the record
  dimensions integer NOT NULL,
  model text COLLATE "C" NOT NULL,
  data bytea NOT NULL                -- 32-bit floats, little endian
);
CREATE INDEX vector_model ON escapement.vector (model, version);

CREATE TABLE escapement.ref (name text COLLATE "C" PRIMARY KEY, target text COLLATE "C" NOT NULL);
CREATE TABLE escapement.ref_log (
  seq bigint PRIMARY KEY,            -- its point
  at bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  from_id text COLLATE "C",
  to_id text COLLATE "C",
  actor text NOT NULL
);
CREATE INDEX ref_log_name ON escapement.ref_log (name, seq);
CREATE INDEX ref_log_at ON escapement.ref_log (at, seq);

-- Takes the next points for what happens now; the first of them is the answer's less their number plus one.
CREATE FUNCTION escapement.take_points(p_count bigint, p_now bigint, p_texts bigint, OUT seq bigint, OUT at bigint) LANGUAGE sql AS $$
  UPDATE escapement.memory AS memory SET point = memory.point + p_count, at = greatest(memory.at, p_now), texts = memory.texts + p_texts
  RETURNING memory.point, memory.at
$$;

-- Keeps what is not there yet, then tells of each, in order, what is kept under its id. Whether that is the same record is
-- for the caller to say.
CREATE FUNCTION escapement.append_records(p_now bigint, p_ids text[], p_namespaces text[], p_types text[], p_forms integer[],
  p_bodies text[], p_bytes bytea[], p_prints text[], p_parents text[], p_metadata text[], p_terms text[])
RETURNS TABLE (n bigint, seq bigint, at bigint, fresh boolean, print text, forgotten boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_point bigint;
  v_at bigint;
  v_made bigint;
  v_texts bigint;
BEGIN
  SELECT memory.seq, memory.at INTO v_point, v_at FROM escapement.take_points(0, p_now, 0) AS memory;
  WITH made AS (INSERT INTO escapement.record (seq, at, form, id, namespace, content_type, print, parents, metadata, body, bytes, terms)
    SELECT v_point + row_number() OVER (ORDER BY one.n), v_at, form, id, namespace, content_type, print, parents, metadata, body,
      bytes, array_to_tsvector(string_to_array(terms, ' '))
    FROM (
      SELECT DISTINCT ON (id) * FROM unnest(p_ids, p_namespaces, p_types, p_forms, p_bodies, p_bytes, p_prints, p_parents,
        p_metadata, p_terms) WITH ORDINALITY
        AS given (id, namespace, content_type, form, body, bytes, print, parents, metadata, terms, n)
      WHERE id NOT IN (SELECT record.id FROM escapement.record AS record WHERE record.id = ANY (p_ids))
      ORDER BY id, n
    ) AS one RETURNING form)
  SELECT count(*), count(*) FILTER (WHERE form < 3) INTO v_made, v_texts FROM made;
  IF v_made > 0 THEN
    PERFORM escapement.take_points(v_made, p_now, v_texts);
  END IF;
  RETURN QUERY SELECT given.n, record.seq, record.at, record.seq > v_point, record.print, record.forgotten_seq IS NOT NULL
    FROM unnest(p_ids) WITH ORDINALITY AS given (id, n)
    JOIN (SELECT * FROM escapement.record AS record WHERE record.id = ANY (p_ids)) AS record ON record.id = given.id
    ORDER BY given.n;
END $$;

-- The records to which a ref leads, from parent to parent. They are looked up one by one, however writes are planned.
CREATE FUNCTION escapement.referenced_records() RETURNS SETOF text LANGUAGE sql STABLE SET enable_nestloop = on AS $$
  WITH RECURSIVE reached (id) AS (SELECT target FROM escapement.ref UNION
    SELECT parent.id FROM reached JOIN escapement.record AS record ON record.id = reached.id
    CROSS JOIN LATERAL json_array_elements_text(record.parents::json) AS parent (id))
  SELECT id FROM reached
$$;

-- The numbers of the newest records that each of these queries finds. Every query is planned for itself: how rare its
-- terms are decides whether the index is asked or the newest records are looked through.
CREATE FUNCTION escapement.find_terms(p_queries text[], p_limits bigint[], p_point bigint)
RETURNS TABLE (n bigint, seqs bigint[]) LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_n bigint;
BEGIN
  FOR v_n IN 1 .. cardinality(p_queries) LOOP
    n := v_n;
    EXECUTE format('SELECT coalesce(array_agg(seq ORDER BY seq DESC), ''{}'') FROM (SELECT seq FROM escapement.record
      WHERE terms @@ %L::tsquery AND seq <= %s ORDER BY seq DESC LIMIT %s) AS found', p_queries[v_n], p_point, p_limits[v_n])
      INTO seqs;
    RETURN NEXT;
  END LOOP;
END $$;
`;
