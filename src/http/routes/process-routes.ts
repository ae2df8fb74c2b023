// Processes over HTTP: send them messages, look at any state they ever had, fork, replay, resume.
import { EscapementError } from "../../base/errors.ts";
import { nothing } from "../../contract/input.ts";
import {
  assignmentView,
  forkInput,
  historyPage,
  historyQuery,
  messageInput,
  processListQuery,
  processPage,
  processPath,
  processView,
  replayInput,
  replayView,
  resumeInput,
  stateQuery,
  stateView,
  verifyView,
  type HistoryItem,
} from "../../contract/process.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { base } from "../base-path.ts";
import { created, ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const code = "process.invalid";
const one = "/processes/:name/:id";
const defaultPage = 100;

export function processRoutes(runtime: Runtime): readonly Route[] {
  return [...readings(runtime), ...pasts(runtime), ...workings(runtime)];
}

function readings({ processes }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/processes",
      needs: "viewer",
      summary: "Processes by id, with how many messages they were sent and how many they handled.",
      code,
      query: processListQuery,
      body: nothing,
      answer: processPage,
      handle: async ({ query }) => ok(await processes.list(query)),
    }),
    route({
      method: "GET",
      path: one,
      needs: "viewer",
      summary: "One process: where it stands, and why it is parked when it is.",
      code,
      query: nothing,
      body: nothing,
      answer: processView,
      async handle({ id }) {
        const found = await processes.get(id);
        if (found !== undefined) return ok(found);
        throw new EscapementError("process.not-found", `There is no process ${JSON.stringify(id)}.`, {
          details: { id },
        });
      },
    }),
    route({
      method: "GET",
      path: `${one}/state`,
      needs: "viewer",
      summary: "The state behind the newest handled slot, or behind any other.",
      code,
      query: stateQuery,
      body: nothing,
      answer: stateView,
      handle: async ({ id, query }) => ok(await processes.state(id, query)),
    }),
  ];
}

function pasts({ processes }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: `${one}/history`,
      needs: "viewer",
      summary: "What became of each message that was handled, by slot.",
      code,
      query: historyQuery,
      body: nothing,
      answer: historyPage,
      async handle({ id, query: { limit = defaultPage, ...range } }) {
        return ok(await firstOf(processes.history(id, range), limit));
      },
    }),
    route({
      method: "GET",
      path: `${one}/verify`,
      needs: "viewer",
      summary: "Holds every message against the hash chain; names the first bad slot.",
      code,
      query: nothing,
      body: nothing,
      answer: verifyView,
      handle: async ({ id }) => ok(await processes.verify(id)),
    }),
    route({
      method: "POST",
      path: `${one}/replay`,
      needs: "viewer",
      summary: "Folds the recorded messages again and tells the first difference. Nothing is written.",
      code,
      query: nothing,
      body: replayInput,
      answer: replayView,
      handle: async ({ id, body }) => ok(await processes.replay(id, body)),
    }),
  ];
}

function workings({ processes }: Runtime): readonly Route[] {
  return [
    route({
      method: "POST",
      path: `${one}/messages`,
      needs: "operator",
      summary:
        "Sends a message, which has its slot when this answers. The header Idempotency-Key is the key of a message that names none.",
      statuses: [201],
      headers: { "idempotency-key": "the key of a message that names none" },
      code,
      query: nothing,
      body: messageInput,
      answer: assignmentView,
      async handle({ id, body, actor, header }) {
        const { message, input = null, key = header("idempotency-key") } = body;
        const once = key === undefined ? {} : { key };
        const assignment = await processes.send(id, message, input, { ...once, actor });
        const { process, slot } = assignment;
        return created(assignment, `${base}${processPath(process)}/history?from=${slot}&to=${slot}`);
      },
    }),
    route({
      method: "POST",
      path: `${one}/fork`,
      needs: "operator",
      summary: "Makes a process that shares the history of this one up to a slot.",
      statuses: [201],
      code,
      query: nothing,
      body: forkInput,
      answer: processView,
      async handle({ id, body, actor }) {
        const fork = await processes.fork(id, { ...body, actor });
        return created(fork, base + processPath(fork.id));
      },
    }),
    route({
      method: "POST",
      path: `${one}/resume`,
      needs: "operator",
      summary: "Lets a process that is parked go on, at the slot where it stands or past it.",
      code,
      query: nothing,
      body: resumeInput,
      answer: processView,
      handle: async ({ id, body, actor }) => ok(await processes.resume(id, { ...body, actor })),
    }),
  ];
}

/** One page of a history that may be endless. */
async function firstOf(
  entries: AsyncIterable<HistoryItem>,
  limit: number,
): Promise<{ readonly items: readonly HistoryItem[]; readonly next?: string }> {
  const items: HistoryItem[] = [];
  for await (const entry of entries) {
    if (items.length === limit) return { items, next: String(entry.assignment.slot) };
    items.push(entry);
  }
  return { items };
}
