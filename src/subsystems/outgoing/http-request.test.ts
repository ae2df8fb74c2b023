import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { Directive, type RunContext } from "../../actions/run-context.ts";
import { httpRequest, type HttpRequestInput, type HttpRequestOutput } from "./http-request.ts";

interface World extends AsyncDisposable {
  readonly origin: string;
  readonly seen: { readonly request: IncomingMessage; readonly body: string }[];
  run(input: Omit<HttpRequestInput, "url"> & { path?: string }): Promise<HttpRequestOutput>;
}

async function setup(answer: RequestListener): Promise<World> {
  const seen: World["seen"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      seen.push({ request, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const action = httpRequest({ allowedOrigins: [origin], timeout: "5s" });
  return {
    origin,
    seen,
    async run({ path = "/", ...more }) {
      const output = await action.run({ url: origin + path, ...more }, context());
      if (output instanceof Directive) throw new Error("a directive");
      return output;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function context(): RunContext {
  const none = (): Directive => new Directive("cancel", null);
  return {
    runId: "run",
    taskId: undefined,
    attempt: 1,
    pass: 1,
    scheduledFor: new Date(0),
    signal: new AbortController().signal,
    stores: { of: (store) => store },
    now: () => 0,
    log: () => {},
    progress: () => Promise.resolve(),
    heartbeat: () => Promise.resolve(),
    step: async (_name, fn) => fn(),
    sleep: () => Promise.resolve(),
    enqueue: () => Promise.resolve({ id: "child" }),
    get memory(): never {
      throw new Error("no memory here");
    },
    again: none,
    snooze: none,
    cancel: none,
  };
}

const statusOfPath: RequestListener = (request, response) => {
  const status = Number(new URL(request.url ?? "/", "http://x").pathname.slice(1));
  response.writeHead(status, status === 301 ? { location: "/200" } : {}).end("the body");
};

describe("http:request", () => {
  test("[OUT-24] below 400 is a success, 400 and above is http.unexpected", async () => {
    await using world = await setup(statusOfPath);
    expect(await world.run({ path: "/204" })).toMatchObject({ status: 204, ok: true });
    for (const path of ["/400", "/503"]) {
      await expect(world.run({ path: `${path}?key=secret` })).rejects.toMatchObject({
        code: "http.unexpected",
        message: expect.stringMatching(
          `^GET ${world.origin}${path}\\?… answered ${path.slice(1)} .* expected a status below 400`,
        ),
      });
    }
  });

  test("[OUT-25] the expected status decides", async () => {
    await using world = await setup(statusOfPath);
    expect(await world.run({ path: "/404", expect: { status: 404 } })).toMatchObject({
      status: 404,
      ok: true,
    });
    await expect(world.run({ path: "/200", expect: { status: [201, "3xx"] } })).rejects.toMatchObject({
      code: "http.unexpected",
      message: expect.stringContaining("expected status 201 or 3xx"),
    });
  });

  test("[OUT-26] text is found far behind what would be kept by default", async () => {
    await using world = await setup((_, response) => response.end(`${"x".repeat(300_000)}needle`));
    const output = await world.run({ expect: { contains: "needle" } });
    expect(output.bodyBytes).toBe(300_006);
    await expect(world.run({ expect: { contains: "thread" } })).rejects.toMatchObject({
      code: "http.unexpected",
      message: expect.stringContaining('contains "thread"'),
    });
  });

  test("[OUT-27] an expected redirect is not followed", async () => {
    await using world = await setup(statusOfPath);
    expect(await world.run({ path: "/301" })).toMatchObject({ status: 200, redirects: 1 });
    expect(await world.run({ path: "/301", expect: { status: 301 } })).toMatchObject({
      status: 301,
      redirects: 0,
    });
  });

  test("[OUT-28] text goes as text, other JSON as JSON, a named type stays", async () => {
    await using world = await setup((_, response) => response.end());
    await world.run({ body: "plain" });
    await world.run({ body: { a: [1] }, method: "PUT" });
    await world.run({ body: "<a/>", headers: { "Content-Type": "application/xml" } });
    await world.run({});
    const calls = world.seen.map(({ request, body }) => [
      request.method,
      request.headers["content-type"],
      body,
    ]);
    expect(calls).toEqual([
      ["POST", "text/plain; charset=utf-8", "plain"],
      ["PUT", "application/json", '{"a":[1]}'],
      ["POST", "application/xml", "<a/>"],
      ["GET", undefined, ""],
    ]);
  });

  test("[OUT-29] the result is numbers and an address, never the body or the query", async () => {
    await using world = await setup(statusOfPath);
    const output = await world.run({ path: "/200?key=secret", expect: { contains: "body" } });
    expect(output).toEqual({
      status: 200,
      ok: true,
      durationMs: expect.any(Number),
      dnsMs: null,
      connectMs: expect.any(Number),
      firstByteMs: expect.any(Number),
      bodyBytes: 8,
      finalUrl: `${world.origin}/200?…`,
      redirects: 0,
    });
  });

  test.each([
    ["url", { url: "example.org" }],
    ["url", { url: "ftp://example.org" }],
    ["url", { url: "https://u:p@example.org" }],
    ["url", {}],
    ["method", { url: "https://example.org", method: "TRACE" }],
    ["headers.host", { url: "https://example.org", headers: { host: "x" } }],
    ["headers.a b", { url: "https://example.org", headers: { "a b": "x" } }],
    ["body", { url: "https://example.org", method: "GET", body: "x" }],
    ["expect.status", { url: "https://example.org", expect: { status: 99 } }],
    ["expect.status", { url: "https://example.org", expect: { status: "20x" } }],
    ["expect.contains", { url: "https://example.org", expect: { contains: "" } }],
    ["", { url: "https://example.org", retries: 3 }],
  ])("[OUT-30] the field %j is refused in %j", async (field, value) => {
    const result = await httpRequest().input?.["~standard"].validate(value);
    const paths = result?.issues?.map((issue) => (issue.path ?? []).map(String).join("."));
    expect(paths).toEqual([field]);
  });

  test("[OUT-30] a complete input passes unchanged", async () => {
    const value: HttpRequestInput = {
      url: "https://example.org/hook",
      method: "POST",
      headers: { authorization: "Bearer x" },
      body: { text: "hello", list: [1, null] },
      expect: { status: [200, "2xx"], contains: "ok" },
    };
    expect(await httpRequest().input?.["~standard"].validate(value)).toEqual({ value });
  });
});
