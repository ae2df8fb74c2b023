// The statements of the hot path, each one round trip and one commit. They run without sequential scans, because a
// plan that was made while a table was small must not be kept when it has grown.

export const functions: string = `
-- Gives numbers to the events of committed transactions, in an order that every reader will see, and answers the
-- greatest number. A transaction that is still open is simply later: nobody waits for it, and no number is left out.
CREATE FUNCTION escapement.number_journal() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_head bigint;
  v_last bigint;
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
      subjects, ats, parents, labels, durations, data)
    SELECT seq, min(seq) OVER (PARTITION BY xid), at, size, kind, actor, label, ends.first, ends.last,
      subjects, ats, parents, labels, durations, data
    FROM numbered, LATERAL (SELECT min(s), max(s) FROM unnest(subjects) AS s) AS ends (first, last) ORDER BY seq
    RETURNING first_seq + size - 1 AS last
  ) SELECT max(last) INTO v_last FROM kept;
  IF v_last IS NOT NULL THEN
    UPDATE escapement.journal_head SET head = v_last;
  END IF;
  RETURN coalesce(v_last, v_head);
END $$;

-- Appends pages with their numbers at once; answers the number of the first event. Holds the numbers until the commit,
-- so it is for transactions that do nothing else.
CREATE FUNCTION escapement.append_journal(p_pages json) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_head bigint;
BEGIN
  PERFORM escapement.number_journal();
  SELECT head INTO v_head FROM escapement.journal_head FOR UPDATE;
  WITH page AS (
    SELECT p.*, cardinality(p.subjects) AS size,
      v_head + 1 + sum(cardinality(p.subjects)) OVER (ORDER BY n) - cardinality(p.subjects) AS seq
    FROM ROWS FROM (json_to_recordset(p_pages) AS (at bigint, kind text, actor text, label text, subjects text[], ats bigint[],
      parents text[], labels text[], durations double precision[], data text[]))
      WITH ORDINALITY AS p (at, kind, actor, label, subjects, ats, parents, labels, durations, data, n)
  ), kept AS (
    INSERT INTO escapement.journal (first_seq, commit_seq, at, size, kind, actor, label, first_subject, last_subject,
      subjects, ats, parents, labels, durations, data)
    SELECT seq, v_head + 1, at, size, kind, actor, label, ends.first, ends.last,
      subjects, ats, parents, labels, durations, data
    FROM page, LATERAL (SELECT min(s), max(s) FROM unnest(subjects) AS s) AS ends (first, last)
    RETURNING size
  ) UPDATE escapement.journal_head SET head = v_head + (SELECT sum(size) FROM kept);
  RETURN v_head + 1;
END $$;

-- When the next run of these places and actions comes due; null when none will.
CREATE FUNCTION escapement.next_due(p_places text[], p_actions text[], p_now bigint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
  v_place text;
  v_priority bigint;
  v_due bigint;
  v_next bigint;
BEGIN
  FOREACH v_place IN ARRAY p_places LOOP
    v_priority := 9223372036854775807;
    LOOP
      SELECT r.priority INTO v_priority FROM escapement.run r
        WHERE r.place = v_place AND r.priority < v_priority ORDER BY r.priority DESC LIMIT 1;
      EXIT WHEN NOT FOUND;
      SELECT r.due_at INTO v_due FROM escapement.run r
        WHERE r.place = v_place AND r.priority = v_priority AND r.due_at > p_now AND r.node IS NULL AND r.action = ANY (p_actions)
        ORDER BY r.due_at LIMIT 1;
      IF FOUND THEN
        v_next := least(v_next, v_due);
      END IF;
    END LOOP;
  END LOOP;
  RETURN v_next;
END $$;

-- Due runs in the order in which they are to start, locked; rows that another claim has locked are passed over. The
-- ordinary line may be entered behind a mark: before it lies what was taken already, and cleaning that up takes time.
CREATE FUNCTION escapement.candidates(p_places text[], p_actions text[], p_now bigint, p_limit integer, p_judged text[],
  p_mark_priority bigint DEFAULT NULL, p_mark_due bigint DEFAULT NULL, p_mark_id text DEFAULT NULL,
  OUT row_ids tid[], OUT judged boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
  v_place text;
  v_priority bigint;
  v_below bigint;
  v_due bigint;
  v_id text;
  v_left integer := p_limit;
  v_found tid[];
  v_judged boolean;
BEGIN
  row_ids := '{}';
  judged := false;
  FOREACH v_place IN ARRAY p_places LOOP
    v_below := 9223372036854775807;
    WHILE v_left > 0 LOOP
      v_due := -9223372036854775808;
      v_id := '';
      IF v_place = '' AND p_mark_priority < v_below THEN
        SELECT r.priority INTO v_priority FROM escapement.run r
          WHERE r.place = v_place AND r.priority < v_below AND r.priority > p_mark_priority ORDER BY r.priority DESC LIMIT 1;
        IF NOT FOUND THEN
          v_priority := p_mark_priority;
          v_due := p_mark_due;
          v_id := p_mark_id;
        END IF;
      ELSE
        SELECT r.priority INTO v_priority FROM escapement.run r
          WHERE r.place = v_place AND r.priority < v_below ORDER BY r.priority DESC LIMIT 1;
        EXIT WHEN NOT FOUND;
      END IF;
      SELECT array_agg(due.row_id), bool_or(due.judged) INTO v_found, v_judged FROM (
        SELECT r.ctid AS row_id, r.lanes IS NOT NULL OR r.rates IS NOT NULL OR coalesce(r.cluster = ANY (p_judged), false) AS judged
          FROM escapement.run r
          WHERE r.place = v_place AND r.priority = v_priority AND (r.due_at, r.id) > (v_due, v_id) AND r.due_at <= p_now
            AND r.node IS NULL AND r.action = ANY (p_actions)
          ORDER BY r.due_at, r.id LIMIT v_left FOR UPDATE SKIP LOCKED) due;
      IF v_found IS NOT NULL THEN
        row_ids := row_ids || v_found;
        judged := judged OR v_judged;
        v_left := v_left - cardinality(v_found);
      END IF;
      v_below := v_priority;
    END LOOP;
  END LOOP;
END $$;

-- The claim of runs that nothing can hold back. The verdict is 'claimed', with when to look again and the mark behind
-- which the rest of the line stands; 'changed' when the caller's copy of the controls is old; 'judge' when some run has
-- to be judged first. The runs come as one text, as they lie in the table, records and fields apart by the separators of
-- ASCII: a row each would cost both sides more than the claim. No field can hold a separator: JSON escapes them, names
-- have none.
CREATE FUNCTION escapement.claim(p_node text, p_fence bigint, p_now bigint, p_limit integer, p_actions text[],
  p_places text[], p_version bigint, p_judged text[], p_mark_priority bigint, p_mark_due bigint, p_mark_id text,
  OUT verdict text, OUT head json, OUT runs text)
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
  v_rows tid[];
  v_judge boolean;
  v_subjects text[];
  v_action text;
  v_actions text[];
BEGIN
  -- Whoever changes the controls holds this lock alone: a claim is wholly before the change, or sees it.
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('escapement.control', 0));
  IF NOT EXISTS (SELECT 1 FROM escapement.control WHERE version = p_version) THEN
    verdict := 'changed';
    RETURN;
  ELSIF EXISTS (SELECT 1 FROM escapement.rate WHERE wake_at <= p_now) THEN
    verdict := 'judge';
    RETURN;
  END IF;
  SELECT c.row_ids, c.judged INTO v_rows, v_judge
    FROM escapement.candidates(p_places, p_actions, p_now, p_limit, p_judged, p_mark_priority, p_mark_due, p_mark_id) c;
  -- Who finds less than wanted has to look everywhere.
  IF p_mark_priority IS NOT NULL AND cardinality(v_rows) < p_limit THEN
    SELECT c.row_ids, c.judged INTO v_rows, v_judge
      FROM escapement.candidates(p_places, p_actions, p_now, p_limit, p_judged) c;
  END IF;
  IF v_judge THEN
    verdict := 'judge';
    RETURN;
  END IF;
  verdict := 'claimed';
  IF cardinality(v_rows) < p_limit THEN
    head := json_build_object('next',
      least(escapement.next_due(p_places, p_actions, p_now), (SELECT min(wake_at) FROM escapement.rate)));
  ELSE
    SELECT json_build_object('next', p_now, 'place', r.place, 'mark', json_build_array(r.priority, r.due_at, r.id)) INTO head
      FROM escapement.run r WHERE r.ctid = v_rows[p_limit];
  END IF;
  IF cardinality(v_rows) = 0 THEN
    RETURN;
  END IF;
  WITH started AS (
    UPDATE escapement.run r SET node = p_node, fence = p_fence, attempt = r.attempt + 1, started_at = p_now
      WHERE r.ctid = ANY (v_rows)
    RETURNING r.id, r.action, concat_ws(E'\\x1f', r.id, r.action, r.priority, r.due_at, r.scheduled_for, r.attempt,
      r.max_attempts, r.pass, r.passes, coalesce(to_json(r.task_id)::text, ''), coalesce(r.options, ''), r.place, r.params) AS line
  )
  SELECT string_agg(s.line, E'\\x1e'), array_agg('run:' || s.id), min(s.action), CASE WHEN min(s.action) < max(s.action) THEN array_agg(s.action) END
    INTO runs, v_subjects, v_action, v_actions FROM started s;
  INSERT INTO escapement.journal_inbox (at, kind, actor, label, subjects, labels)
    VALUES (p_now, 'run.started', 'node:' || p_node, CASE WHEN v_actions IS NULL THEN v_action END, v_subjects, v_actions);
  INSERT INTO escapement.tally (name, value) VALUES ('running', cardinality(v_subjects));
END $$;

-- Moves runs that succeeded to the history; ids and results are one text each, apart by a separator. Runs that others
-- wait for, and what is not held under its fence any more, stay as they are; the answer is null when there were none of those,
-- else the ids that were moved. The ids come in order, and rows are locked in that order.
CREATE FUNCTION escapement.settle(p_node text, p_ids text, p_fence bigint, p_fences bigint[], p_at bigint, p_ats bigint[],
  p_durations double precision[], p_results text)
RETURNS text[] LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_nestloop = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  v_ids text[] := string_to_array(p_ids, E'\\x1e');
  v_moved text[];
  v_count integer;
  v_all boolean;
BEGIN
  WITH gone AS (
    DELETE FROM escapement.run r
      USING (SELECT unnest(v_ids) AS id, unnest(p_fences) AS fence, unnest(p_ats) AS at,
        unnest(string_to_array(p_results, E'\\x1e')) AS result) AS e
      WHERE r.id = ANY (v_ids) AND r.id = e.id AND r.fence = coalesce(e.fence, p_fence) AND r.node = p_node
        AND r.task_id IS NULL AND r.lanes IS NULL AND r.fifo IS NULL
    RETURNING r.priority, r.due_at, r.scheduled_for, r.max_attempts, r.passes, r.started_at, r.progress, r.attempt, r.pass,
      r.id, r.action, r.params, r.cluster, r.rates, r.key, r.parent_id, r.tags, r.options, coalesce(e.at, p_at) AS at, e.result
  ), kept AS (
    INSERT INTO escapement.run_history (priority, due_at, scheduled_for, max_attempts, passes, started_at, finished_at,
      progress, attempt, pass, id, state, node, action, params, cluster, rates, key, parent_id, tags, options, result)
    SELECT priority, due_at, scheduled_for, max_attempts, passes, started_at, at,
      progress, attempt, pass, id, 'succeeded', p_node, action, params, cluster, rates, key, parent_id, tags, options, result
    FROM gone
  ) SELECT array_agg(id) INTO v_moved FROM gone;
  IF v_moved IS NULL THEN
    RETURN '{}';
  END IF;
  v_count := cardinality(v_moved);
  v_all := v_count = cardinality(v_ids);
  IF v_all THEN
    INSERT INTO escapement.journal_inbox (at, kind, actor, subjects, ats, durations)
      VALUES (p_at, 'run.succeeded', 'node:' || p_node,
        string_to_array('run:' || replace(p_ids, E'\\x1e', E'\\x1erun:'), E'\\x1e'), p_ats, p_durations);
  ELSE
    INSERT INTO escapement.journal_inbox (at, kind, actor, subjects, ats, durations)
      SELECT p_at, 'run.succeeded', 'node:' || p_node, array_agg('run:' || e.id),
        CASE WHEN p_ats IS NOT NULL THEN array_agg(e.at) END, array_agg(e.duration)
      FROM unnest(v_ids, p_ats, p_durations) AS e (id, at, duration)
      WHERE e.id = ANY (v_moved);
  END IF;
  INSERT INTO escapement.tally (name, value)
    VALUES ('live', -v_count), ('running', -v_count), ('succeeded', v_count);
  RETURN CASE WHEN NOT v_all THEN v_moved END;
END $$;
`;
