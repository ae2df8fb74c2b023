// An embedder over any endpoint that speaks as OpenAI's `/v1/embeddings`: OpenAI itself, Ollama, vLLM, LM Studio and others.
// Goes through the one guard for outgoing HTTP; repeats what may succeed the next time, never what was refused.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import type { Embedder } from "../memory/embedder.ts";
import { guardedRequest } from "../subsystems/outgoing/guarded-request.ts";
import type { OutgoingOptions } from "../subsystems/outgoing/outgoing-options.ts";

export interface OpenAiEmbedderOptions {
  /** Up to and with `/v1`. Default `https://api.openai.com/v1`. */
  readonly url?: string;
  readonly model: string;
  readonly apiKey?: string;
  /** Asks for shorter vectors, of models that can make them. */
  readonly dimensions?: number;
  /** How many texts at once. Default 64. */
  readonly batch?: number;
  /** How often a request is tried in all. Default 3. */
  readonly attempts?: number;
  /** For one request. Default 30 s. */
  readonly timeout?: Duration;
  /** Where requests may go beside public addresses, like `http://127.0.0.1:11434`. Default: nowhere else. */
  readonly allowedOrigins?: readonly string[];
}

const answerShape = z.object({
  data: z.array(z.object({ index: z.int().optional(), embedding: z.array(z.number()) })),
});

const largestAnswerBytes = 67_108_864;
const firstPauseMs = 500;

/** Throws `memory.invalid`. */
export function openAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const { model, dimensions, batch = 64, attempts = 3 } = options;
  if (typeof model !== "string" || model === "")
    throw new EscapementError("memory.invalid", "An embedder needs a model: openAiEmbedder({ model: … }).");
  if (!Number.isInteger(batch) || batch < 1 || !Number.isInteger(attempts) || attempts < 1)
    throw new EscapementError("memory.invalid", "batch and attempts are whole numbers from 1.");
  const outgoing: OutgoingOptions = {
    timeout: parseDuration(options.timeout ?? "30s"),
    maxBodyBytes: largestAnswerBytes,
    keepBodyBytes: largestAnswerBytes,
    allowedOrigins: options.allowedOrigins ?? [],
  };
  const ask = (input: readonly string[], signal: AbortSignal | undefined): Promise<readonly number[][]> =>
    askOnce(options, { model, input, ...(dimensions === undefined ? {} : { dimensions }) }, outgoing, signal);
  return {
    // Shorter vectors cannot be held against longer ones.
    model: dimensions === undefined ? model : `${model}:${dimensions}`,
    batch,
    async embed(texts, { signal }) {
      const vectors: (readonly number[])[] = [];
      for (let from = 0; from < texts.length; from += batch) {
        const part = texts.slice(from, from + batch);
        vectors.push(...(await again(attempts, signal, () => ask(part, signal))));
      }
      return vectors;
    },
  };
}

async function askOnce(
  { url = "https://api.openai.com/v1", apiKey }: OpenAiEmbedderOptions,
  body: { readonly model: string; readonly input: readonly string[]; readonly dimensions?: number },
  outgoing: OutgoingOptions,
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const answer = await guardedRequest(
    {
      url: `${url.replace(/\/+$/, "")}/embeddings`,
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ ...body, encoding_format: "float" }),
      ...(signal === undefined ? {} : { signal }),
    },
    outgoing,
  );
  if (answer.status !== 200) throw refused(answer.status, answer.body);
  const data = readAnswer(answer.body);
  // The order is told by the index, where there is one.
  const vectors = data
    .toSorted((one, other) => (one.index ?? 0) - (other.index ?? 0))
    .map((one) => one.embedding);
  if (vectors.length === body.input.length) return vectors;
  throw new EscapementError(
    "http.unexpected",
    `The embedder answered with ${vectors.length} vectors for ${body.input.length} texts.`,
  );
}

function readAnswer(body: string): z.infer<typeof answerShape>["data"] {
  try {
    return answerShape.parse(JSON.parse(body)).data;
  } catch (error) {
    throw new EscapementError(
      "http.unexpected",
      "The embedder answered with something that is no list of vectors.",
      {
        cause: error,
      },
    );
  }
}

/** Of an error the first words are shown: they say what is wrong with the key or the model. */
function refused(status: number, body: string): EscapementError {
  return new EscapementError(
    "http.unexpected",
    `The embedder answered with status ${status}: ${body.slice(0, 300)}`,
    {
      details: { status },
    },
  );
}

async function again<Value>(
  attempts: number,
  signal: AbortSignal | undefined,
  work: () => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= attempts || !isWorthwhile(error)) throw error;
      await sleep(firstPauseMs * 2 ** (attempt - 1), undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** The network, a limit on requests, or a server that is in trouble. */
function isWorthwhile(error: unknown): boolean {
  if (!EscapementError.is(error)) return false;
  const { status } = error.details;
  if (typeof status === "number") return status === 408 || status === 429 || status >= 500;
  return error.code === "http.failed" || error.code === "http.timeout";
}
