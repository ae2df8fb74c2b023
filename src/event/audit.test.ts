import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { auditText, isAudited, nextChain } from "./audit.ts";
import { eventKinds } from "./event.ts";

const event = { at: 5, kind: "switch.killed", actor: "user:ann", subject: "switch:all" };

test("[RUN-54] what changes control, tokens, tasks or history is audited, and no run is", () => {
  for (const [kind, [category]] of Object.entries(eventKinds)) {
    if (category === "control") expect([kind, isAudited(kind)]).toEqual([kind, true]);
    if (category === "run") expect([kind, isAudited(kind)]).toEqual([kind, false]);
  }
  expect(["task.registered", "task.removed", "retention.applied", "token.created"].every(isAudited)).toBe(
    true,
  );
  expect(["task.skipped", "node.started", "deploy.finished", ""].some(isAudited)).toBe(false);
});

test("[RUN-54] the text of an event is canonical: the order of keys in its data does not matter, anything else does", () => {
  const text = auditText({ ...event, data: '{"b":1,"a":[2,null]}' });
  expect(text).toBe(
    '{"actor":"user:ann","at":5,"data":{"a":[2,null],"b":1},"kind":"switch.killed","subject":"switch:all"}',
  );
  expect(auditText({ ...event, data: '{"a":[2,null],"b":1}' })).toBe(text);
  const others = [
    { ...event, at: 6 },
    { ...event, label: "x" },
    { ...event, parent: "x" },
    { ...event, durationMs: 0 },
    { ...event, data: "null" },
    { ...event, actor: "user:bob" },
  ].map(auditText);
  expect(new Set([...others, auditText(event)]).size).toBe(others.length + 1);
});

test("[RUN-54] a link is the hash of the link before it and of the event with its numbers", () => {
  const link = nextChain("ab", { seq: 7, commit: 6, text: "{}" });
  expect(link).toBe(createHash("sha256").update("ab[7,6,{}]").digest("hex"));
});
