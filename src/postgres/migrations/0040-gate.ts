// Gates: those that are shut, which numbers of the journal moved them, and the keys under which something was released.
// A permit stands with the run that it lets through, so a claim pays nothing for it.

export const gate: string = `
ALTER TABLE escapement.run ADD COLUMN permit bigint; -- when a gate released it; null for a run that has to wait before one

-- A process that waits before a gate stands in no other line, until it is released or has another message.
ALTER TABLE escapement.process
  ADD COLUMN permit bigint,                        -- the last slot that was released by a gate
  ADD COLUMN gate text COLLATE "C";                -- the scope of the gate before which it waits
CREATE INDEX process_gate ON escapement.process (gate) WHERE gate IS NOT NULL;

CREATE TABLE escapement.gate (
  scope text COLLATE "C" PRIMARY KEY, actor text NOT NULL, at bigint NOT NULL, reason text
);

-- The newest event about a gate over each scope; '' stands for every scope.
CREATE TABLE escapement.gate_move (scope text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL);

CREATE TABLE escapement.gate_key (
  at bigint NOT NULL,
  key text COLLATE "C" PRIMARY KEY,
  scope text COLLATE "C" NOT NULL,
  answer text NOT NULL               -- JSON
);
CREATE INDEX gate_key_at ON escapement.gate_key (at);

-- Due runs that no gate has released, behind a time and an id: of each place and priority the oldest ones, which stand in
-- order there already. The oldest of all are among them.
CREATE FUNCTION escapement.held_runs(p_places text[], p_action text, p_now bigint, p_due bigint, p_id text, p_limit integer)
RETURNS SETOF escapement.run LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_place text;
  v_priority bigint;
BEGIN
  FOREACH v_place IN ARRAY p_places LOOP
    v_priority := 9223372036854775807;
    LOOP
      SELECT r.priority INTO v_priority FROM escapement.run r
        WHERE r.place = v_place AND r.priority < v_priority ORDER BY r.priority DESC LIMIT 1;
      EXIT WHEN NOT FOUND;
      RETURN QUERY SELECT * FROM escapement.run r
        WHERE r.place = v_place AND r.priority = v_priority AND (r.due_at, r.id) > (p_due, p_id) AND r.due_at <= p_now
          AND r.node IS NULL AND r.permit IS NULL AND (p_action IS NULL OR r.action = p_action)
        ORDER BY r.due_at, r.id LIMIT p_limit;
    END LOOP;
  END LOOP;
END $$;
`;
