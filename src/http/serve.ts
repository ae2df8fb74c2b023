// Puts the app on a port of this machine, and takes it off again without breaking requests that are under way.
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { systemClock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createApp } from "./app.ts";
import type { AppOptions } from "./app-options.ts";
import { isLoopback } from "./browser-guard.ts";

export interface ServeOptions extends AppOptions {
  /** Default 127.0.0.1. Another place than this machine needs tokens. */
  readonly host?: string;
  /** Default 4040; 0 takes a free one. */
  readonly port?: number;
}

export interface HttpServer {
  /** Like `http://127.0.0.1:4040`. */
  readonly address: string;
  /** Takes no new connection, waits a moment for requests under way. Safe to call twice. */
  close(): Promise<void>;
}

/** How long a request may take to arrive: nobody holds a connection open by sending a byte now and then. */
const serverOptions = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 } as const;
const closeGraceMs = 2_000;

/** Throws `options.invalid`, `port.in-use` and `port.refused`. */
export async function serve(runtime: Runtime, options: ServeOptions = {}): Promise<HttpServer> {
  const { host = "127.0.0.1", port = 4040, ...rest } = options;
  if (!isLoopback(host) && (rest.tokens ?? []).length === 0) {
    throw new EscapementError(
      "options.invalid",
      `Cannot listen on ${host} without a token: everybody who reaches it could run things here. Give --token SECRET (or ESCAPEMENT_TOKEN), or listen on 127.0.0.1.`,
    );
  }
  const app = createApp(runtime, rest);
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions });
  const address = await listen(server, host, port);
  let closed: Promise<void> | undefined;
  return { address, close: () => (closed ??= close(server)) };
}

function listen(server: ServerType, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(refusal(error, host, port)));
    server.listen(port, host, () => resolve(addressOf(server.address(), host, port)));
  });
}

function addressOf(bound: AddressInfo | string | null, host: string, port: number): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${typeof bound === "object" ? (bound?.port ?? port) : port}`;
}

function refusal(error: Error, host: string, port: number): EscapementError {
  const reason = "code" in error ? error.code : undefined;
  if (reason === "EADDRINUSE") {
    return new EscapementError(
      "port.in-use",
      `Port ${port} on ${host} is taken by another program: stop it, or choose another with --port.`,
      { details: { host, port }, cause: error },
    );
  }
  const why = reason === "EACCES" ? "this user may not use it" : error.message;
  return new EscapementError(
    "port.refused",
    `Cannot listen on port ${port} of ${host} (${why}): choose others with --port and --host.`,
    { details: { host, port }, cause: error },
  );
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const cut = systemClock.timer(systemClock.now() + closeGraceMs, () => {
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
    server.close(() => {
      cut.cancel();
      resolve();
    });
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  });
}
