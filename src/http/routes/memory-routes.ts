// Memory over HTTP: keep records, read them, search them, forget them.
import { EscapementError } from "../../base/errors.ts";
import { nothing } from "../../contract/input.ts";
import {
  appendView,
  forgetInput,
  forgetView,
  lineageQuery,
  lineageView,
  recordInput,
  recordListQuery,
  recordPage,
  recordView,
  searchQuery,
  searchView,
} from "../../contract/memory.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { pathOf } from "../base-path.ts";
import { created, ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const code = "memory.invalid";

export function memoryRoutes(runtime: Runtime): readonly Route[] {
  // Search first: the other path would take "search" for an id.
  return [...findings(runtime), ...readings(runtime), ...changings(runtime)];
}

function findings({ memory }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/memory/search",
      needs: "viewer",
      summary: "Records that fit best, best first; `used` names the rankers that really ran.",
      code,
      query: searchQuery,
      body: nothing,
      answer: searchView,
      handle: async ({ query }) => ok(await memory.search(query)),
    }),
    route({
      method: "GET",
      path: "/memory",
      needs: "viewer",
      summary: "Records in the order in which they were kept, newest first.",
      code,
      query: recordListQuery,
      body: nothing,
      answer: recordPage,
      handle: async ({ query }) => ok(await memory.list(query)),
    }),
  ];
}

function readings({ memory }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/memory/:id",
      needs: "viewer",
      summary: "One record. 410 when it was forgotten.",
      code,
      query: nothing,
      body: nothing,
      answer: recordView,
      async handle({ id }) {
        const record = await memory.get(id);
        if (record !== undefined) return ok(record);
        throw notFound(id);
      },
    }),
    route({
      method: "GET",
      path: "/memory/:id/lineage",
      needs: "viewer",
      summary: "All that a record can be traced back to, every parent before its child.",
      code,
      query: lineageQuery,
      body: nothing,
      answer: lineageView,
      async handle({ id, query }) {
        const lineage = await memory.lineage(id, query);
        if (lineage.records.length > 0) return ok(lineage);
        throw notFound(id);
      },
    }),
  ];
}

function changings({ memory }: Runtime): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/memory",
      needs: "operator",
      summary:
        "Keeps a record: 201 when it is new, 200 when the same was there. The header Idempotency-Key is the id of a record that names none.",
      statuses: [200, 201],
      headers: { "idempotency-key": "the id of a record that names none" },
      code,
      query: nothing,
      body: recordInput,
      answer: appendView,
      async handle({ body, actor, header }) {
        const { contentAddressed = false, advance, ...given } = body;
        const key = contentAddressed ? undefined : header("idempotency-key");
        const record = key === undefined ? given : { id: key, ...given };
        const how = { actor, contentAddressed, ...(advance === undefined ? {} : { advance }) };
        const result = await memory.append(record, how);
        return result.created ? created(result, pathOf("memory", result.record.id)) : ok(result);
      },
    }),
    route({
      method: "POST",
      path: "/memory/:id/forget",
      needs: "operator",
      summary: "Hides a record, or with `purge` takes its content away for good.",
      code,
      query: nothing,
      body: forgetInput,
      answer: forgetView,
      async handle({ id, body: { reason, purge = false }, actor }) {
        const how = { reason, actor };
        return ok({ changed: await (purge ? memory.purge(id, how) : memory.forget(id, how)) });
      },
    }),
  ];
}

function notFound(id: string): EscapementError {
  return new EscapementError("memory.not-found", `There is no record ${JSON.stringify(id)}.`, {
    details: { id },
  });
}
