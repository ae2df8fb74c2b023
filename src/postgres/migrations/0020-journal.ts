// The audit's chain, where the journal begins, and the cursors of those who read it. Numbers are given after the commit
// and under a lock, so the chain is made there, too: its order is that of the numbers, whoever writes.

export const journal: string = `
-- Of audited events: their canonical JSON, one by one, see event/audit.ts.
ALTER TABLE escapement.journal_inbox ADD COLUMN seals text[];
-- Of audited events: the chain up to each.
ALTER TABLE escapement.journal ADD COLUMN chains text[];
CREATE INDEX journal_audit ON escapement.journal (first_seq) WHERE chains IS NOT NULL;

ALTER TABLE escapement.journal_head
  ADD COLUMN first bigint NOT NULL DEFAULT 1,        -- the kept part begins with this number
  ADD COLUMN first_chain text NOT NULL DEFAULT '',   -- and the chain stood so before it
  ADD COLUMN audited bigint NOT NULL DEFAULT 0,      -- the newest audited event
  ADD COLUMN chain text NOT NULL DEFAULT '';         -- and its chain
UPDATE escapement.journal_head SET first = coalesce((SELECT min(first_seq) FROM escapement.journal), 1);

CREATE TABLE escapement.cursor (
  seq bigint NOT NULL,               -- everything up to here has been handled
  lease_until bigint,
  created_at bigint NOT NULL,
  moved_at bigint NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  name text COLLATE "C" PRIMARY KEY,
  holder text,
  error text
);

-- Puts the chain in place of the seals, behind a number, in the order of the numbers.
CREATE FUNCTION escapement.chain_journal(p_after bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_page record;
  v_chain text;
  v_chains text[];
  v_seq bigint;
BEGIN
  SELECT chain, audited INTO v_chain, v_seq FROM escapement.journal_head;
  FOR v_page IN
    SELECT first_seq, commit_seq, chains FROM escapement.journal
      WHERE first_seq > p_after AND chains IS NOT NULL ORDER BY first_seq
  LOOP
    v_chains := '{}';
    FOR i IN 1 .. cardinality(v_page.chains) LOOP
      v_seq := v_page.first_seq + i - 1;
      v_chain := encode(sha256(convert_to(
        v_chain || '[' || v_seq || ',' || v_page.commit_seq || ',' || v_page.chains[i] || ']', 'UTF8')), 'hex');
      v_chains := v_chains || v_chain;
    END LOOP;
    UPDATE escapement.journal SET chains = v_chains WHERE first_seq = v_page.first_seq;
  END LOOP;
  UPDATE escapement.journal_head SET chain = v_chain, audited = v_seq;
END $$;

-- Gives numbers to the events of committed transactions, in an order that every reader will see, and answers the
-- greatest number. A transaction that is still open is simply later: nobody waits for it, and no number is left out.
CREATE OR REPLACE FUNCTION escapement.number_journal() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_head bigint;
  v_last bigint;
  v_audited boolean;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM escapement.journal_inbox) THEN
    RETURN (SELECT head FROM escapement.journal_head);
  END IF;
  SELECT head INTO v_head FROM escapement.journal_head FOR UPDATE;
  WITH taken AS (
    DELETE FROM escapement.journal_inbox RETURNING *
  ), ordered AS (
    SELECT *, cardinality(subjects) AS size, min(id) OVER (PARTITION BY xid) AS first_id FROM taken
  ), numbered AS (
    SELECT *, v_head + 1 + sum(size) OVER (ORDER BY first_id, id) - size AS seq FROM ordered
  ), kept AS (
    INSERT INTO escapement.journal (first_seq, commit_seq, at, size, kind, actor, label, first_subject, last_subject,
      subjects, ats, parents, labels, durations, data, chains)
    SELECT seq, min(seq) OVER (PARTITION BY xid), at, size, kind, actor, label, ends.first, ends.last,
      subjects, ats, parents, labels, durations, data, seals
    FROM numbered, LATERAL (SELECT min(s), max(s) FROM unnest(subjects) AS s) AS ends (first, last) ORDER BY seq
    RETURNING first_seq + size - 1 AS last, chains IS NOT NULL AS audited
  ) SELECT max(last), bool_or(audited) INTO v_last, v_audited FROM kept;
  IF v_last IS NOT NULL THEN
    UPDATE escapement.journal_head SET head = v_last;
  END IF;
  IF v_audited THEN
    PERFORM escapement.chain_journal(v_head);
  END IF;
  RETURN coalesce(v_last, v_head);
END $$;

-- Appends pages with their numbers at once; answers the number of the first event. Holds the numbers until the commit,
-- so it is for transactions that do nothing else.
CREATE OR REPLACE FUNCTION escapement.append_journal(p_pages json) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_head bigint;
  v_audited boolean;
BEGIN
  PERFORM escapement.number_journal();
  SELECT head INTO v_head FROM escapement.journal_head FOR UPDATE;
  WITH page AS (
    SELECT p.*, cardinality(p.subjects) AS size,
      v_head + 1 + sum(cardinality(p.subjects)) OVER (ORDER BY n) - cardinality(p.subjects) AS seq
    FROM ROWS FROM (json_to_recordset(p_pages) AS (at bigint, kind text, actor text, label text, subjects text[], ats bigint[],
      parents text[], labels text[], durations double precision[], data text[], seals text[]))
      WITH ORDINALITY AS p (at, kind, actor, label, subjects, ats, parents, labels, durations, data, seals, n)
  ), kept AS (
    INSERT INTO escapement.journal (first_seq, commit_seq, at, size, kind, actor, label, first_subject, last_subject,
      subjects, ats, parents, labels, durations, data, chains)
    SELECT seq, v_head + 1, at, size, kind, actor, label, ends.first, ends.last,
      subjects, ats, parents, labels, durations, data, seals
    FROM page, LATERAL (SELECT min(s), max(s) FROM unnest(subjects) AS s) AS ends (first, last)
    RETURNING size, chains IS NOT NULL AS audited
  ), moved AS (
    UPDATE escapement.journal_head SET head = v_head + (SELECT sum(size) FROM kept)
  ) SELECT bool_or(audited) INTO v_audited FROM kept;
  IF v_audited THEN
    PERFORM escapement.chain_journal(v_head);
  END IF;
  RETURN v_head + 1;
END $$;

-- Deletes the pages that end at or before a number; only whole ones from the front, and never the newest. Answers how
-- many events that were.
CREATE FUNCTION escapement.drop_journal(p_to bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_newest bigint;
  v_chain text;
  v_events bigint;
  v_end bigint;
BEGIN
  PERFORM escapement.number_journal();
  PERFORM 1 FROM escapement.journal_head FOR UPDATE;
  SELECT first_seq INTO v_newest FROM escapement.journal ORDER BY first_seq DESC LIMIT 1;
  SELECT chains[size] INTO v_chain FROM escapement.journal
    WHERE chains IS NOT NULL AND first_seq <= p_to AND first_seq + size - 1 <= p_to AND first_seq < v_newest
    ORDER BY first_seq DESC LIMIT 1;
  WITH gone AS (
    DELETE FROM escapement.journal WHERE first_seq <= p_to AND first_seq + size - 1 <= p_to AND first_seq < v_newest
    RETURNING first_seq, size
  ) SELECT sum(size), max(first_seq + size) INTO v_events, v_end FROM gone;
  IF v_end IS NOT NULL THEN
    UPDATE escapement.journal_head SET first = v_end, first_chain = coalesce(v_chain, first_chain);
  END IF;
  RETURN coalesce(v_events, 0);
END $$;
`;
