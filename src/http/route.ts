// One route: what it is for, who may use it, what it takes and what it answers, as data. The server mounts it, tests
// walk over all of them, and the reference is drawn from them: nothing about a route is said twice.
import type { z } from "zod";
import { EscapementError, invalidInput, type ErrorCode } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Input } from "../contract/input.ts";
import { issuesOf } from "../contract/issues.ts";
import type { View } from "../contract/view.ts";
import type { Reply, Status, StreamReply } from "./reply.ts";
import type { Role } from "./token.ts";

export type Method = "GET" | "PUT" | "POST" | "DELETE";

interface CallHead {
  /** The part of the path named `:id`, behind `:name/` where there is one. */
  readonly id: string;
  /** For the journal. */
  readonly actor: string;
  /** The greatest that the caller has. */
  readonly role: Role;
  /** A header of the request. */
  readonly header: (name: string) => string | undefined;
}

/** A request, read. */
export interface Call<Query, Body> extends CallHead {
  readonly query: Query;
  readonly body: Body;
}

/** A request before it is read. */
export interface RawCall extends CallHead {
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly body: Json;
}

interface RouteHead {
  readonly method: Method;
  /** Behind the base, with `:id` for an id. */
  readonly path: string;
  readonly needs: Role;
  /** One line for the reference. */
  readonly summary: string;
  /** What it may answer when nothing is wrong. Default: 200. */
  readonly statuses?: readonly Status[];
  /** The types of its answer. Default: application/json. */
  readonly types?: readonly string[];
  /** The headers that mean something to it, and what. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteOptions<Query, Body, Answer> extends RouteHead {
  /** The code of a request that the shapes refuse. */
  readonly code: ErrorCode;
  readonly query: Input<Query>;
  readonly body: Input<Body>;
  readonly answer: View<Answer>;
  handle(call: Call<Query, Body>): Promise<Reply<NoInfer<Answer>> | StreamReply>;
}

/** A route whose types nobody has to know any more. */
export interface Route extends Required<RouteHead> {
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  /** The answer is ready to be written as JSON. */
  run(call: RawCall): Promise<Reply<unknown> | StreamReply>;
}

export function route<Query, Body, Answer>(options: RouteOptions<Query, Body, Answer>): Route {
  const {
    method,
    path,
    needs,
    summary,
    statuses = [200],
    types = ["application/json"],
    headers = {},
    code,
    query,
    body,
    answer,
  } = options;
  return {
    method,
    path,
    needs,
    summary,
    statuses,
    types,
    headers,
    query,
    body,
    answer,
    async run(raw) {
      const reply = await options.handle({
        id: raw.id,
        actor: raw.actor,
        role: raw.role,
        header: raw.header,
        query: read(query, singles(raw.query, code), "query", code),
        body: read(body, raw.body, "body", code),
      });
      if (!statuses.includes(reply.status))
        throw new EscapementError(
          "invariant.broken",
          `${method} ${path} answers ${reply.status}, which it does not say of itself.`,
        );
      return "lines" in reply ? reply : { ...reply, answer: answer.encode(reply.answer) };
    },
  };
}

function read<Value>(schema: Input<Value>, given: unknown, whole: string, code: ErrorCode): Value {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw invalidInput(code, "Cannot read the request.", issuesOf(result.error, whole));
}

/** A parameter given twice would mean that one of the two is ignored. */
function singles(query: RawCall["query"], code: ErrorCode): Readonly<Record<string, string>> {
  const twice = Object.keys(query).filter((name) => (query[name]?.length ?? 0) > 1);
  if (twice.length > 0) {
    const issues = twice.map((field) => ({ field, message: "is given more than once" }));
    throw invalidInput(code, "Cannot read the request.", issues);
  }
  return Object.fromEntries(Object.entries(query).map(([name, [value = ""]]) => [name, value]));
}
