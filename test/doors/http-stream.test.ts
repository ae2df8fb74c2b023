// The live stream over real HTTP: resumed under load, filtered, with gaps that are told, and with a client that does not read.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/journal/event.ts";
import { serve, type HttpServer } from "../../src/http/serve.ts";
import { liveBody } from "../../src/http/stream/live-body.ts";
import { liveFrames } from "../../src/http/stream/live-frames.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { httpWorld } from "./http-world.ts";

interface Frame {
  readonly event: string;
  readonly id?: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what they got
  readonly data: any;
}

/** The frames of one connection, until it ends or is left. */
async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
      const id = field("id");
      const data = field("data");
      yield {
        event: field("event") ?? "ping",
        ...(id === undefined ? {} : { id: Number(id) }),
        data: data === undefined ? undefined : JSON.parse(data),
      };
    }
  }
}

interface World extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly server: HttpServer;
  open(
    query?: string,
    headers?: Record<string, string>,
  ): Promise<{ readonly frames: AsyncGenerator<Frame>; readonly leave: () => void }>;
}

async function setup(): Promise<World> {
  const runtime = await createRuntime({ storage: sqlite(":memory:"), work: false });
  const server = await serve(runtime, { port: 0 });
  return {
    runtime,
    server,
    async open(query = "", headers = {}) {
      const over = new AbortController();
      const response = await fetch(`${server.address}/api/v1/stream${query}`, {
        headers,
        signal: over.signal,
      });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      if (response.body === null) throw new Error("a stream has a body");
      return { frames: framesOf(response.body), leave: () => over.abort() };
    },
    async [Symbol.asyncDispose]() {
      await runtime.stop();
      await server.close();
    },
  };
}

async function next(frames: AsyncGenerator<Frame>): Promise<Frame> {
  const { value, done } = await frames.next();
  if (done === true) throw new Error("the stream ended");
  return value;
}

describe("the live stream", () => {
  test("[HTP-95] it says hello, then what happens, and its id is the last number told", async () => {
    await using world = await setup();
    await world.runtime.journal.note("before");
    const { frames, leave } = await world.open();
    expect(await next(frames)).toMatchObject({ event: "hello", data: { first: 1, head: 1, schema: 1 } });
    await world.runtime.journal.note("deploy.begun", { to: "eu" });
    expect(await next(frames)).toMatchObject({
      event: "events",
      id: 2,
      data: [{ seq: 2, kind: "deploy.begun", data: { to: "eu" }, severity: "info" }],
    });
    leave();
  });

  test("[HTP-95] Last-Event-ID goes before after, and both may be behind what is newest", async () => {
    await using world = await setup();
    for (let count = 0; count < 5; count++) await world.runtime.journal.note("step");
    const told = async (query: string, headers: Record<string, string>): Promise<number[]> => {
      const { frames, leave } = await world.open(query, headers);
      await next(frames);
      const { data } = await next(frames);
      leave();
      return data.map(({ seq }: Event) => seq);
    };
    expect(await told("?after=3", {})).toEqual([4, 5]);
    expect(await told("?after=3", { "last-event-id": "1" })).toEqual([2, 3, 4, 5]);
    const refused = await fetch(`${world.server.address}/api/v1/stream`, {
      headers: { "last-event-id": "x" },
    });
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: "journal.invalid" }]);
  });

  test("[HTP-96] twenty reconnects under load miss nothing and repeat nothing", async () => {
    await using world = await setup();
    const { runtime } = world;
    const total = 3_000;
    const writing = (async () => {
      for (let count = 0; count < total; count += 10) {
        await Promise.all(Array.from({ length: 10 }, () => runtime.journal.note("step")));
        await sleep(1);
      }
    })();
    const seen: number[] = [];
    let lastId = 0;
    let connections = 0;
    while (lastId < total) {
      const { frames, leave } = await world.open(
        "",
        connections === 0 ? {} : { "last-event-id": String(lastId) },
      );
      connections++;
      // A frame holds at most 64 events, so the work outlasts twenty connections of two frames each.
      const patience = connections < 20 ? 2 : Number.POSITIVE_INFINITY;
      let taken = 0;
      for await (const { event, id, data } of frames) {
        if (event !== "events") continue;
        seen.push(...data.map(({ seq }: Event) => seq));
        lastId = id ?? lastId;
        if (++taken >= patience || lastId >= total) break;
      }
      leave();
    }
    await writing;
    expect(connections).toBeGreaterThanOrEqual(20);
    // The first connection begins with what happens from then on.
    const [from = 0] = seen;
    expect(seen).toEqual(Array.from({ length: total - from + 1 }, (_, index) => from + index));
  });

  test("[HTP-97] a filter leaves out what it does not name, and the number goes on", async () => {
    await using world = await setup();
    const { frames, leave } = await world.open("?kind=deploy.done&after=0");
    await next(frames);
    for (const kind of ["step", "step", "deploy.done", "step"]) await world.runtime.journal.note(kind);
    expect(await next(frames)).toMatchObject({ event: "events", data: [{ kind: "deploy.done", seq: 3 }] });
    leave();
    const refused = await fetch(`${world.server.address}/api/v1/stream?category=nonsense`);
    expect(refused.status).toBe(400);
  });

  test("[HTP-98] a client that is far behind is told of the gap, and goes on with the newest", async () => {
    await using world = await setup();
    for (let count = 0; count < 22_500; count += 500)
      await Promise.all(Array.from({ length: 500 }, () => world.runtime.journal.note("step")));
    const { frames, leave } = await world.open("?after=0");
    expect(await next(frames)).toMatchObject({ event: "hello", data: { head: 22_500 } });
    expect(await next(frames)).toMatchObject({
      event: "gap",
      id: 20_500,
      data: { from: 1, to: 20_500, reason: "lag" },
    });
    const { data } = await next(frames);
    expect(data[0].seq).toBe(20_501);
    leave();
  });

  test("[HTP-99] a client that does not read costs nothing, holds up nobody, and is cut off", async () => {
    await using world = await setup();
    const { runtime, server } = world;
    let isCut = false;
    const stalled = request(`${server.address}/api/v1/stream`, (response) => {
      response.pause();
      response.on("close", () => (isCut = true));
    });
    stalled.on("error", () => (isCut = true));
    stalled.end();
    const healthy = await world.open();
    expect((await next(healthy.frames)).event).toBe("hello");
    const big = "x".repeat(20_000);
    let heard = 0;
    for (let count = 0; count < 300; count++) {
      await runtime.journal.note("step", { big });
      while (heard <= count) heard += (await next(healthy.frames)).data.length;
    }
    expect(heard).toBe(300);
    healthy.leave();
    expect(isCut).toBe(false);
    stalled.destroy();
  });

  test("[HTP-99] nothing is made for a client before it has taken what came before, and after a while it is cut off", async () => {
    await using world = await httpWorld({ start: false });
    for (let count = 0; count < 500; count++) await world.runtime.journal.note("step");
    let made = 0;
    async function* counted(signal: AbortSignal): AsyncGenerator<string> {
      for await (const frame of liveFrames(world.runtime, { after: 0, filter: {}, signal })) {
        made++;
        yield frame;
      }
    }
    const reader = liveBody(counted, 50).getReader();
    expect(made).toBe(0);
    await reader.read();
    await reader.read();
    expect(made).toBe(2);
    await sleep(150);
    expect(made).toBe(2);
    await expect(reader.read()).rejects.toThrow("has not read for too long");
  });

  test("[HTP-95] a stop of the node says bye to every client", async () => {
    const world = await setup();
    const { frames } = await world.open();
    await next(frames);
    await world.runtime.stop();
    expect(await next(frames)).toMatchObject({ event: "bye", data: { retryMs: 1_000 } });
    expect((await frames.next()).done).toBe(true);
    await world.server.close();
  });
});
