// The frames of the live stream, as text of server-sent events. `id:` is the number up to which everything is told: a
// client that comes back with it misses nothing. Pure.
import type { z } from "zod";

import { eventView, type Event } from "../../contract/journal.ts";

export interface Hello {
  /** The numbers of the oldest and the newest event there are. */
  readonly first: number;
  readonly head: number;
  readonly node: string;
  readonly serverTime: string;
  /** Of these frames. */
  readonly schema: 1;
}

export interface Gap {
  /** The first and the last number that this stream does not tell: they are read over `GET /journal`, if they are kept. */
  readonly from: number;
  readonly to: number;
  readonly reason: "deleted" | "lag";
}

/** How soon a client that was cut off tries again, in ms. */
const retryMs = 1_000;

export function helloFrame(hello: Hello): string {
  return `retry: ${retryMs}\n${frame("hello", { ...hello })}`;
}

export function eventsFrame(events: readonly Event[], upTo: number): string {
  return frame(
    "events",
    events.map((event): z.input<typeof eventView> => eventView.encode(event)),
    upTo,
  );
}

export function gapFrame(gap: Gap): string {
  return frame("gap", { ...gap }, gap.to);
}

export function byeFrame(reason: string): string {
  return frame("bye", { reason, retryMs });
}

/** Keeps the connection alive, and moves the number on past what a filter leaves out. */
export function pingFrame(upTo: number): string {
  return `id: ${upTo}\n: ping\n\n`;
}

function frame(name: string, data: unknown, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
