// Talks to a running server: sends what a command asks, reads answers with the shapes of the contract, and gives
// the errors of the server back as errors of this program.
import { EscapementError } from "../base/errors.ts";
import { problemView } from "../contract/problem.ts";
import type { View } from "../contract/view.ts";
import { parseSecret } from "../http/token.ts";

export type Query = Readonly<Record<string, string | undefined>>;

export interface Request {
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
}

const timeoutMs = 30_000;
/** Whole journals take their time. */
const streamTimeoutMs = 24 * 3_600_000;

export class Client {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: URL, headers: Readonly<Record<string, string>>) {
    this.#base = base;
    this.#headers = headers;
  }

  get<Value>(path: string, view: View<Value>, request: Request = {}): Promise<Value> {
    return this.send("GET", path, view, request);
  }

  /** Throws what the server answered, `server.unreachable` and `server.unexpected`. */
  async send<Value>(method: string, path: string, view: View<Value>, request: Request = {}): Promise<Value> {
    const url = this.#urlOf(path, request);
    const response = await this.#fetch(url, method, request, request.timeoutMs ?? timeoutMs);
    const answer = await readAnswer(response, url);
    if (!response.ok) throw problemOf(answer, response, url);
    const read = view.safeParse(answer);
    if (!read.success) throw unexpected(url, `${response.status}, but not with what belongs there`);
    return read.data;
  }

  /** Text as it comes, for as long as it comes. Throws what `send` throws. */
  async *stream(path: string, request: Request = {}): AsyncGenerator<string, void, undefined> {
    const url = this.#urlOf(path, request);
    const response = await this.#fetch(url, "GET", request, streamTimeoutMs);
    if (!response.ok) throw problemOf(await readAnswer(response, url), response, url);
    if (response.body !== null) yield* response.body.pipeThrough(new TextDecoderStream());
  }

  #urlOf(path: string, { query = {} }: Request): URL {
    const url = new URL(`api/v1${path}`, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  async #fetch(url: URL, method: string, request: Request, limitMs: number): Promise<Response> {
    const { body, headers, signal } = request;
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await fetch(url, {
        method,
        headers: {
          ...this.#headers,
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        redirect: "error", // the token is for this server
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new EscapementError(
        "server.unreachable",
        `Nothing answers at ${this.#base.origin} (${reasonOf(error)}): start a server with "escapement start", or name another with --url.`,
        { cause: error },
      );
    }
  }
}

/** Throws `cli.invalid` for a URL that cannot be one, and `options.invalid` for a token that cannot. */
export function connect({ url, token }: ClientOptions): Client {
  const base = URL.parse(url.endsWith("/") ? url : `${url}/`);
  if (base === null || !/^https?:$/.test(base.protocol) || base.username !== "" || base.search !== "") {
    throw new EscapementError(
      "cli.invalid",
      `Cannot read --url ${JSON.stringify(url)}: write scheme, host and port, like http://127.0.0.1:4040.`,
    );
  }
  const headers = { accept: "application/json" };
  if (token === undefined) return new Client(base, headers);
  // The same text that a server was started with may be given here: ROLE:SECRET is read like there.
  return new Client(base, { ...headers, authorization: `Bearer ${parseSecret(token).secret}` });
}

async function readAnswer(response: Response, url: URL): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected(url, `${response.status} and no JSON`);
  }
}

function problemOf(answer: unknown, response: Response, url: URL): EscapementError {
  const problem = problemView.safeParse(answer);
  if (!problem.success) return unexpected(url, String(response.status));
  const { code, detail, issues } = problem.data;
  return new EscapementError(code, detail, issues === undefined ? {} : { details: { issues } });
}

function unexpected(url: URL, what: string): EscapementError {
  return new EscapementError(
    "server.unexpected",
    `${url.origin} answered ${what}: it seems to be something else than this version of Escapement. Look at --url.`,
  );
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? cause.code : undefined;
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND") return "unknown host";
  if (cause.name === "TimeoutError") return "no answer in time";
  return cause.message === "" ? cause.name : cause.message;
}
