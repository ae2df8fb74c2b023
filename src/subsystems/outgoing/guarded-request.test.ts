import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createRawServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { allowedAddresses } from "./address-guard.ts";
import { guardedRequest, type OutgoingRequest } from "./guarded-request.ts";
import { outgoingRules, type OutgoingOptions } from "./outgoing-options.ts";
import type { ResolveName } from "./resolve-name.ts";

interface World extends AsyncDisposable {
  readonly origin: string;
  /** Requests that reached the server, newest last. */
  readonly seen: { readonly request: IncomingMessage; readonly body: string }[];
  readonly options: OutgoingOptions;
}

/** A real server on loopback, and options that allow exactly its origin. */
async function setup(answer: RequestListener): Promise<World> {
  const seen: World["seen"] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      seen.push({ request, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${portOf(server)}`;
  return {
    origin,
    seen,
    options: { allowedOrigins: [origin], timeout: "5s" },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What the request rejects with. */
async function failure(
  request: OutgoingRequest,
  options: OutgoingOptions,
): Promise<Error & { code?: string }> {
  try {
    await guardedRequest(request, options);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("the request succeeded");
}

const always =
  (...addresses: string[]): ResolveName =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

const hello = (_: IncomingMessage, response: ServerResponse): void => {
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end("hello");
};

describe("where a request may go", () => {
  test.each(["ftp://example.org/a", "file:///etc/passwd", "data:text/plain,x", "ws://example.org/"])(
    "[OUT-1] %s is refused",
    async (url) => {
      const error = await failure({ url }, { allowPrivate: true });
      expect(error.code).toBe("http.refused");
      expect(error.message).toContain(`not ${url.split(":")[0]}`);
    },
  );

  test("[OUT-1] text that is no URL is refused by its value", async () => {
    const error = await failure({ url: "example.org/path" }, {});
    expect(error).toMatchObject({
      code: "http.refused",
      message: expect.stringContaining('"example.org/path"'),
    });
  });

  test("[OUT-2] credentials in a URL are refused and not repeated", async () => {
    const error = await failure({ url: "https://maria:hunter2@example.org/" }, {});
    expect(error.code).toBe("http.refused");
    expect(error.message + JSON.stringify(error)).not.toMatch(/maria|hunter2/);
  });

  test.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0.0.0.0/",
    "http://224.0.0.1/",
  ])("[OUT-3] %s is refused before anything is connected", async (url) => {
    const error = await failure({ url }, { resolve: () => Promise.reject(new Error("nothing to resolve")) });
    expect(error.code).toBe("http.refused");
    expect(error.message).toContain("not a public address");
  });

  test("[OUT-3] the refusal says which range it is and how to allow it", async () => {
    const error = await failure({ url: "http://printer.test/" }, { resolve: always("192.168.1.9") });
    expect(error.message).toContain("printer.test resolves to 192.168.1.9");
    expect(error.message).toContain("(private)");
    expect(error.message).toContain('allowedOrigins: ["http://printer.test"]');
  });

  test("[OUT-5] a name that leads to loopback never reaches the server behind it", async () => {
    await using world = await setup(hello);
    const url = `http://rebind.test:${new URL(world.origin).port}/`;
    const error = await failure({ url }, { resolve: always("127.0.0.1") });
    expect(error.code).toBe("http.refused");
    expect(world.seen).toHaveLength(0);
  });

  test("[OUT-5] a name is resolved once, and that address is the one connected to", async () => {
    await using world = await setup(hello);
    const url = `http://rebind.test:${new URL(world.origin).port}/`;
    let asked = 0;
    // The second answer would be refused; nobody may ever ask for it.
    const resolve: ResolveName = async () =>
      ++asked === 1 ? [{ address: "127.0.0.1", family: 4 }] : [{ address: "169.254.169.254", family: 4 }];
    const response = await guardedRequest({ url }, { resolve, allowPrivate: true });
    expect(response.status).toBe(200);
    expect(asked).toBe(1);
  });

  test("[OUT-6] only the allowed addresses of a name are tried", async () => {
    const rules = outgoingRules({ resolve: always("10.0.0.1", "1.1.1.1", "::1", "2606:4700::1") });
    const found = await allowedAddresses(new URL("http://mixed.test/"), rules);
    expect(found.map(({ address }) => address)).toEqual(["1.1.1.1", "2606:4700::1"]);
  });

  test("[OUT-6] a name without a single allowed address is refused", async () => {
    const error = await failure({ url: "http://inner.test/" }, { resolve: always("10.0.0.1", "fd00::1") });
    expect(error.code).toBe("http.refused");
  });

  test("[OUT-7] allowPrivate opens loopback, but never cloud metadata", async () => {
    await using world = await setup(hello);
    const options = { allowPrivate: true };
    expect((await guardedRequest({ url: world.origin }, options)).status).toBe(200);
    const error = await failure({ url: "http://169.254.169.254/" }, options);
    expect(error).toMatchObject({ code: "http.refused", message: expect.stringContaining("cloud metadata") });
  });

  test("[OUT-8] an allowed origin is one scheme, host and port", async () => {
    await using world = await setup(hello);
    await using other = await setup(hello);
    const options = { allowedOrigins: [`${world.origin}/health?x=1`] };
    expect((await guardedRequest({ url: `${world.origin}/other` }, options)).body).toBe("hello");
    expect((await failure({ url: other.origin }, options)).code).toBe("http.refused");
    const secure = world.origin.replace("http:", "https:");
    expect((await failure({ url: secure }, options)).code).toBe("http.refused");
  });

  test.each(["127.0.0.1:8080", "ftp://127.0.0.1", ""])(
    "[OUT-9] the allowed origin %j is refused",
    (origin) => {
      expect(() => outgoingRules({ allowedOrigins: [origin] })).toThrow(
        expect.objectContaining({ code: "options.invalid" }),
      );
    },
  );
});

describe("redirects", () => {
  test("[OUT-10] a redirect to an address that is not allowed is not followed", async () => {
    await using inner = await setup(hello);
    await using world = await setup((_, response) => {
      response.writeHead(302, { location: `${inner.origin}/secret` }).end();
    });
    const error = await failure({ url: world.origin }, world.options);
    expect(error.code).toBe("http.refused");
    expect(inner.seen).toHaveLength(0);
  });

  test("[OUT-11] five redirects are followed, the sixth is an error", async () => {
    await using world = await setup((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const response = await guardedRequest({ url: `${world.origin}/5` }, world.options);
    expect(response).toMatchObject({ body: "there", redirects: 5, finalUrl: `${world.origin}/0` });
    const error = await failure({ url: `${world.origin}/6` }, world.options);
    expect(error).toMatchObject({
      code: "http.failed",
      message: expect.stringContaining("more than 5 times"),
    });
  });

  test("[OUT-12] a key for one origin is not told to another", async () => {
    await using second = await setup(hello);
    await using first = await setup((_, response) => {
      response.writeHead(307, { location: second.origin }).end();
    });
    const headers = { "X-Api-Key": "secret", authorization: "Bearer secret", accept: "text/plain" };
    const options = { allowedOrigins: [first.origin, second.origin] };
    await guardedRequest({ url: first.origin, headers }, options);
    expect(first.seen[0]?.request.headers).toMatchObject({ "x-api-key": "secret" });
    expect(second.seen[0]?.request.headers).toMatchObject({ accept: "text/plain" });
    expect(JSON.stringify(second.seen[0]?.request.headers)).not.toContain("secret");
  });

  test("[OUT-13] the body is repeated after 307 and dropped after 303", async () => {
    await using world = await setup((request, response) => {
      const status = request.url === "/see-other" ? 303 : 307;
      if (request.url === "/end") response.end();
      else response.writeHead(status, { location: "/end" }).end();
    });
    for (const path of ["/see-other", "/temporary"]) {
      await guardedRequest({ url: world.origin + path, method: "POST", body: "x=1" }, world.options);
    }
    const calls = world.seen.map(({ request, body }) => `${request.method} ${request.url} ${body}`);
    expect(calls).toEqual(["POST /see-other x=1", "GET /end ", "POST /temporary x=1", "POST /end x=1"]);
  });
});

describe("limits", () => {
  test("[OUT-14] a name that never resolves runs into the time limit", async () => {
    const resolve: ResolveName = () => new Promise(() => {});
    const error = await failure({ url: "http://slow.test/" }, { resolve, timeout: "60ms" });
    expect(error).toMatchObject({ code: "http.timeout", message: expect.stringContaining("60ms") });
  });

  test("[OUT-14] a body that trickles for ever runs into the time limit", async () => {
    await using world = await setup((_, response) => {
      const drip = setInterval(() => response.write("x"), 10);
      response.once("close", () => clearInterval(drip));
    });
    const options = { ...world.options, timeout: "400ms", idleTimeout: "250ms" };
    const error = await failure({ url: world.origin }, options);
    expect(error).toMatchObject({ code: "http.timeout", message: expect.stringContaining("400ms") });
  });

  test("[OUT-14] an endless ring of slow redirects shares one time limit", async () => {
    await using world = await setup((_, response) => {
      setTimeout(() => response.writeHead(302, { location: "/again" }).end(), 60);
    });
    const options = { ...world.options, timeout: "150ms", maxRedirects: 100 };
    expect((await failure({ url: world.origin }, options)).code).toBe("http.timeout");
    expect(world.seen.length).toBeLessThan(5);
  });

  test("[OUT-14] a limit longer than a timer can wait does not end the request at once", async () => {
    await using world = await setup(hello);
    const options = { ...world.options, timeout: "60d", idleTimeout: "60d" };
    expect((await guardedRequest({ url: world.origin }, options)).status).toBe(200);
  });

  test("[OUT-15] a server that falls silent is given up", async () => {
    await using world = await setup((_, response) => void response.write("once"));
    const error = await failure({ url: world.origin }, { ...world.options, idleTimeout: "60ms" });
    expect(error).toMatchObject({
      code: "http.timeout",
      message: expect.stringContaining("silent for 60ms"),
    });
  });

  test("[OUT-16] a body that grows too large is cut off and the connection closed", async () => {
    const closed = Promise.withResolvers<void>();
    await using world = await setup((_, response) => {
      const flood = setInterval(() => response.write("x".repeat(1000)), 1);
      response.once("close", () => {
        clearInterval(flood);
        closed.resolve();
      });
    });
    const error = await failure({ url: world.origin }, { ...world.options, maxBodyBytes: 5000 });
    expect(error).toMatchObject({ code: "http.too-large", message: expect.stringContaining("5000 bytes") });
    await closed.promise;
  });

  test("[OUT-16] a body that is announced too large is not read at all", async () => {
    const closed = Promise.withResolvers<void>();
    await using world = await setup((_, response) => {
      response.writeHead(200, { "content-length": "6000" });
      response.write("x");
      response.once("close", () => closed.resolve());
    });
    const error = await failure({ url: world.origin }, { ...world.options, maxBodyBytes: 5000 });
    expect(error.code).toBe("http.too-large");
    await closed.promise;
  });

  test("[OUT-16] HEAD announces a body that does not come, and that is fine", async () => {
    await using world = await setup((_, response) =>
      response.writeHead(200, { "content-length": "6000" }).end(),
    );
    const options = { ...world.options, maxBodyBytes: 5000 };
    const response = await guardedRequest({ url: world.origin, method: "HEAD" }, options);
    expect(response).toMatchObject({ status: 200, bodyBytes: 0 });
  });

  test("[OUT-17] the kept text ends at a whole character and everything is counted", async () => {
    await using world = await setup((_, response) => response.end("añ€𝄞".repeat(50)));
    const whole = Buffer.byteLength("añ€𝄞".repeat(50));
    for (const [keepBodyBytes, text] of [
      [0, ""],
      [2, "a"],
      [3, "añ"],
      [9, "añ€"],
      [10, "añ€𝄞"],
    ] as const) {
      const response = await guardedRequest({ url: world.origin }, { ...world.options, keepBodyBytes });
      expect(response).toMatchObject({ body: text, bodyBytes: whole });
    }
  });

  test("[OUT-17] the text is read in the encoding that the response names", async () => {
    await using world = await setup((request, response) => {
      const charset = request.url === "/odd" ? "klingon" : "iso-8859-1";
      response.setHeader("content-type", `text/plain; charset=${charset}`);
      response.end(Buffer.from(charset === "klingon" ? "é" : [0xe9]));
    });
    expect((await guardedRequest({ url: world.origin }, world.options)).body).toBe("é");
    expect((await guardedRequest({ url: `${world.origin}/odd` }, world.options)).body).toBe("é");
  });

  test("[OUT-18] aborting ends the request at once, with the reason given", async () => {
    await using world = await setup(() => {});
    const controller = new AbortController();
    const request = failure({ url: world.origin, signal: controller.signal }, world.options);
    await pause(30);
    const reason = new Error("no longer wanted");
    controller.abort(reason);
    expect(await request).toBe(reason);
    const error = await failure({ url: world.origin, signal: AbortSignal.abort(reason) }, world.options);
    expect(error).toBe(reason);
    expect(world.seen).toHaveLength(1);
  });
});

describe("what is sent", () => {
  test.each([
    ["bad name", "x"],
    ["", "x"],
    ["x-split", "secret\r\nhost: evil.test"],
    ["x-nul", "secret\0"],
    ["Host", "secret.test"],
    ["content-length", "5"],
    ["Transfer-Encoding", "chunked"],
  ])("[OUT-19] the header %j is refused", async (name, value) => {
    await using world = await setup(hello);
    const error = await failure({ url: world.origin, headers: { [name]: value } }, world.options);
    expect(error.code).toBe("http.refused");
    expect(error.message).not.toContain("secret");
    expect(world.seen).toHaveLength(0);
  });

  test("[OUT-20] other methods, and a body where none belongs, are refused", async () => {
    const url = "http://127.0.0.1:1/";
    const options = { allowPrivate: true };
    expect((await failure({ url, body: "x" }, options)).message).toContain("carries no body");
    // What a caller without types may pass.
    const trace = JSON.parse(`{ "url": "${url}", "method": "TRACE" }`);
    expect((await failure(trace, options)).message).toContain('"TRACE"');
  });
});

describe("what comes back", () => {
  test("[OUT-21] any status is an answer, with headers and timing", async () => {
    await using world = await setup((_, response) => {
      response.setHeader("x-part", ["one", "two"]);
      response.writeHead(418, { "content-type": "text/plain" });
      setTimeout(() => response.end("short and stout"), 30);
      response.flushHeaders();
    });
    const url = `http://localhost:${new URL(world.origin).port}/pot?milk=1`;
    const response = await guardedRequest({ url }, { allowPrivate: true });
    expect(response).toMatchObject({
      status: 418,
      body: "short and stout",
      bodyBytes: 15,
      redirects: 0,
      finalUrl: url,
    });
    expect(response.headers["x-part"]).toBe("one, two");
    const { dnsMs, connectMs, firstByteMs, totalMs } = response.timing;
    expect(dnsMs).toBeGreaterThan(0);
    expect(connectMs).toBeGreaterThan(0);
    expect(firstByteMs).toBeGreaterThan(0);
    expect(totalMs).toBeGreaterThanOrEqual((dnsMs ?? 0) + connectMs + firstByteMs + 20);
  });

  test("[OUT-21] an address needs no name resolution", async () => {
    await using world = await setup(hello);
    expect((await guardedRequest({ url: world.origin }, world.options)).timing.dnsMs).toBeNull();
  });

  test("[OUT-22] a port where nothing listens says so", async () => {
    let origin = "";
    {
      await using world = await setup(hello);
      origin = world.origin;
    }
    const error = await failure({ url: origin }, { allowPrivate: true });
    expect(error).toMatchObject({
      code: "http.failed",
      message: expect.stringContaining("nothing listens there"),
    });
  });

  test("[OUT-22] a name without address says so", async () => {
    const resolve: ResolveName = () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    const error = await failure({ url: "http://nowhere.test/" }, { resolve });
    expect(error).toMatchObject({
      code: "http.failed",
      message: expect.stringContaining("the name has no address"),
    });
  });

  test.each([
    [
      "a connection that closes without an answer",
      (socket: Socket) => socket.destroy(),
      "closed the connection",
    ],
    [
      "an answer that is not HTTP",
      (socket: Socket) => socket.end("220 mail.test ESMTP\r\n"),
      "not valid HTTP",
    ],
    [
      "a body that breaks off",
      (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
      "closed the connection",
    ],
  ])("[OUT-22] %s is a failure", async (_, answer, message) => {
    const server = createRawServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const error = await failure({ url: `http://127.0.0.1:${portOf(server)}/` }, { allowPrivate: true });
    server.close();
    expect(error).toMatchObject({ code: "http.failed", message: expect.stringContaining(message) });
  });

  test("[OUT-22] https to a server that speaks only http says so", async () => {
    await using world = await setup(hello);
    const error = await failure({ url: world.origin.replace("http:", "https:") }, { allowPrivate: true });
    expect(error).toMatchObject({ code: "http.failed", message: expect.stringContaining("https") });
  });

  test("[OUT-23] no error shows the query", async () => {
    await using world = await setup(() => {});
    const query = "?token=secret";
    const errors = await Promise.all([
      failure({ url: `http://10.0.0.1/${query}` }, {}),
      failure({ url: `ftp://a.test/${query}` }, {}),
      failure({ url: `https://u@a.test/${query}` }, {}),
      failure({ url: `${world.origin}/${query}` }, { ...world.options, timeout: "50ms" }),
      failure({ url: `http://127.0.0.1:1/${query}` }, { allowPrivate: true }),
    ]);
    for (const error of errors) expect(error.message + JSON.stringify(error)).not.toContain("secret");
    expect(errors[0]?.message).toContain("http://10.0.0.1/?…");
  });
});
