// A server in memory for tests: a runtime on a virtual clock behind the app, and a short way to call it.
import { EscapementError } from "../../src/base/errors.ts";
import { createApp } from "../../src/http/app.ts";
import type { AppOptions } from "../../src/http/app-options.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what they got
  readonly json: any;
}

export interface World extends AsyncDisposable {
  readonly runtime: TestRuntime;
  readonly app: ReturnType<typeof createApp>;
  /** `call("PUT", "/tasks/a", { … })`: paths are behind /api/v1 unless they begin with `//`. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface WorldOptions extends AppOptions {
  readonly start?: boolean;
}

/** With the actions `say:hello` (returns its input) and `say:no` (fails at once). */
export async function httpWorld({ start = true, ...options }: WorldOptions = {}): Promise<World> {
  const runtime = await testRuntime({ start });
  runtime.action("say:hello", { run: (input) => ({ heard: input === undefined ? null : input }) });
  runtime.action("say:no", {
    retry: { attempts: 1 },
    run() {
      throw new EscapementError("run.conflict", "No.");
    },
  });
  const app = createApp(runtime, options);
  return {
    runtime,
    app,
    async call(method, path, body, headers = {}) {
      const url = path.startsWith("//") ? path.slice(1) : `/api/v1${path}`;
      const response = await app.request(url, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      // A stream has no end to wait for.
      const isLive = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
      if (isLive) await response.body?.cancel();
      const text = isLive ? "" : await response.text();
      const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      };
    },
    [Symbol.asyncDispose]: () => runtime.stop(),
  };
}
