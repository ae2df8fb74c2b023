// The journal over HTTP: read it in pages, take all of it along, and see whether it is as it was written.
import { nothing } from "../../contract/input.ts";
import {
  eventPage,
  exportQuery,
  journalQuery,
  subscriptionList,
  verificationView,
  verifyQuery,
} from "../../contract/journal.ts";
import { none } from "../../contract/view.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { ok, streamed } from "../reply.ts";
import { route, type Route } from "../route.ts";

const defaultPage = 100;
const types = { jsonl: "application/jsonl; charset=utf-8", text: "text/plain; charset=utf-8" } as const;

export function journalRoutes({ journal }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/journal",
      needs: "viewer",
      summary:
        "Events: newest first, and `next` is the next `before`; with `after` oldest first, and `next` is the next `after`.",
      code: "journal.invalid",
      query: journalQuery,
      body: nothing,
      answer: eventPage,
      async handle({ query }) {
        const limit = query.limit ?? defaultPage;
        const items = await journal.read({ ...query, limit });
        const last = items.at(-1);
        const full = items.length === limit && last !== undefined;
        return ok(full ? { items, next: String(last.seq) } : { items });
      },
    }),
    route({
      method: "GET",
      path: "/journal/export",
      needs: "viewer",
      summary: "All events in order, archive included, as lines of text: the same bytes every time.",
      types: Object.values(types).map((type) => type.replace(/;.*/, "")),
      code: "journal.invalid",
      query: exportQuery,
      body: nothing,
      answer: none,
      handle: ({ query: { format = "jsonl", ...query } }) =>
        streamed(journal.export({ ...query, format }), types[format]),
    }),
    route({
      method: "GET",
      path: "/journal/verify",
      needs: "viewer",
      summary: "Whether every number is there and every audited event is as it was written.",
      code: "journal.invalid",
      query: verifyQuery,
      body: nothing,
      answer: verificationView,
      handle: async ({ query }) => ok(await journal.verify(query)),
    }),
    route({
      method: "GET",
      path: "/journal/subscriptions",
      needs: "viewer",
      summary: "How far each subscription has come.",
      code: "journal.invalid",
      query: nothing,
      body: nothing,
      answer: subscriptionList,
      handle: async () => ok({ items: await journal.subscriptions() }),
    }),
  ];
}
