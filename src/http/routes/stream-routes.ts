// The live stream: what happens, as it happens, as server-sent events.
import { EscapementError } from "../../base/errors.ts";
import { nothing } from "../../contract/input.ts";
import { streamQuery } from "../../contract/journal.ts";
import { none } from "../../contract/view.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { live } from "../reply.ts";
import { route, type Route } from "../route.ts";
import { liveFrames } from "../stream/live-frames.ts";

export function streamRoutes(runtime: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/stream",
      needs: "viewer",
      summary:
        "What happens, as it happens: server-sent events `hello`, `events` (a list), `gap` and `bye`. `id:` is the number up to which everything is told; Last-Event-ID goes before `after`.",
      types: ["text/event-stream"],
      headers: { "last-event-id": "the `id:` that was heard last" },
      code: "journal.invalid",
      query: streamQuery,
      body: nothing,
      answer: none,
      handle({ query: { after, ...filter }, header }) {
        const from = readId(header("last-event-id")) ?? after;
        const begin = from === undefined ? {} : { after: from };
        return Promise.resolve(
          live(
            (signal) => liveFrames(runtime, { ...begin, filter, signal }),
            "text/event-stream; charset=utf-8",
          ),
        );
      },
    }),
  ];
}

function readId(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new EscapementError(
    "journal.invalid",
    `Cannot go on behind the event ${JSON.stringify(text.slice(0, 40))}: Last-Event-ID is the number of an event, as the stream gives it.`,
  );
}
