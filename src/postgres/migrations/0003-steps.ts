// Durable steps: the table, and keeping many of them as one round trip and one commit.

export const steps: string = `
CREATE TABLE escapement.step (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  at bigint NOT NULL,
  attempt integer NOT NULL,
  pass integer NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  parent text,                       -- the step inside which it was asked for
  result text NOT NULL,              -- JSON
  PRIMARY KEY (run_id, pass, name)
);

-- Keeps the steps whose runs are held by the node under that fence and at that pass, and answers which were. A run is locked
-- until the commit, so that nobody takes it over or ends it meanwhile. Doing it twice is as good as doing it once.
CREATE FUNCTION escapement.save_steps(p_node text, p_runs text[], p_fences bigint[], p_attempts integer[], p_passes integer[], p_names text[],
  p_parents text[], p_results text[], p_ats bigint[], p_durations double precision[])
RETURNS boolean[] LANGUAGE plpgsql SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
  v_held boolean[];
BEGIN
  WITH locked AS MATERIALIZED (
    SELECT r.id, r.fence, r.pass FROM escapement.run r WHERE r.id = ANY (p_runs) AND r.node = p_node ORDER BY r.id FOR SHARE
  ) SELECT array_agg(l.id IS NOT NULL ORDER BY s.n) INTO v_held
    FROM unnest(p_runs, p_fences, p_passes) WITH ORDINALITY AS s (run_id, fence, pass, n)
    LEFT JOIN locked l ON l.id = s.run_id AND l.fence = s.fence AND l.pass = s.pass;
  WITH asked AS (
    SELECT DISTINCT ON (run_id, pass, name) *
    FROM unnest(p_runs, p_attempts, p_passes, p_names, p_parents, p_results, p_ats, p_durations)
      WITH ORDINALITY AS s (run_id, attempt, pass, name, parent, result, at, duration, n)
    WHERE v_held[n] ORDER BY run_id, pass, name, n
  ), kept AS (
    INSERT INTO escapement.step (run_id, pass, name, parent, result, attempt, at)
    SELECT run_id, pass, name, parent, result, attempt, at FROM asked ORDER BY n
    ON CONFLICT DO NOTHING
    RETURNING run_id, pass, name
  ) INSERT INTO escapement.journal_inbox (at, kind, actor, subjects, ats, labels, durations)
    SELECT max(at), 'run.stepped', 'node:' || p_node, array_agg('run:' || run_id ORDER BY n), array_agg(at ORDER BY n),
      array_agg(name ORDER BY n), array_agg(duration ORDER BY n)
    FROM asked JOIN kept USING (run_id, pass, name) HAVING count(*) > 0;
  INSERT INTO escapement.journal_inbox (at, kind, actor, subjects, ats, labels, data)
    SELECT max(at), 'run.stale', 'node:' || p_node, array_agg('run:' || run_id ORDER BY n), array_agg(at ORDER BY n),
      array_agg(name ORDER BY n), array_agg(json_build_object('attempt', attempt, 'step', name)::text ORDER BY n)
    FROM unnest(p_runs, p_attempts, p_names, p_ats) WITH ORDINALITY AS s (run_id, attempt, name, at, n)
    WHERE NOT v_held[n] HAVING count(*) > 0;
  RETURN v_held;
END $$;
`;
