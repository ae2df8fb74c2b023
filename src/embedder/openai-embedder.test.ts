import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { openAiEmbedder, type OpenAiEmbedderOptions } from "./openai-embedder.ts";

interface Asked {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: { readonly input: readonly string[]; readonly model: string; readonly dimensions?: number };
}

/** A server of our own that answers with what the test says, and the embedder over it. */
async function setup(
  answer: (asked: Asked, number: number) => { readonly status?: number; readonly body: unknown },
  options: Partial<OpenAiEmbedderOptions> = {},
) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => void reply(request, response));
  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const one = {
      path: request.url,
      key: request.headers.authorization,
      body: JSON.parse(await bodyOf(request)),
    };
    asked.push(one);
    const { status = 200, body } = answer(one, asked.length);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const embedder = openAiEmbedder({
    url: `${origin}/v1/`,
    model: "small",
    allowedOrigins: [origin],
    ...options,
  });
  return {
    asked,
    embedder,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request) body += String(part);
  return body;
}

/** The length of each text as its vector, in an order of the server's own. */
function lengths({ body }: Asked): { readonly body: unknown } {
  const data = body.input.map((text, index) => ({ index, embedding: [text.length, 1] }));
  return { body: { data: data.toReversed() } };
}

test("[MEM-100] texts travel in batches, with model and key, and their vectors come back in order", async () => {
  await using world = await setup(lengths, { batch: 2, apiKey: "secret", dimensions: 2 });
  const vectors = await world.embedder.embed(["a", "bb", "ccc"], {});
  expect(vectors).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
  expect(world.asked.map(({ body }) => body.input)).toEqual([["a", "bb"], ["ccc"]]);
  expect(world.asked[0]).toMatchObject({ path: "/v1/embeddings", key: "Bearer secret" });
  expect(world.asked[0]?.body).toMatchObject({ model: "small", dimensions: 2 });
  expect(world.embedder.model).toBe("small:2");
});

test("[MEM-101] trouble is tried again, a refusal is not", async () => {
  await using trouble = await setup((asked, number) =>
    number < 3 ? { status: number === 1 ? 503 : 429, body: "busy" } : lengths(asked),
  );
  expect(await trouble.embedder.embed(["a"], {})).toEqual([[1, 1]]);
  expect(trouble.asked).toHaveLength(3);
  await using refusal = await setup(() => ({ status: 401, body: { error: "no such key" } }));
  await expect(refusal.embedder.embed(["a"], {})).rejects.toMatchObject({
    code: "http.unexpected",
    message: expect.stringContaining("no such key"),
  });
  expect(refusal.asked).toHaveLength(1);
  await using stopped = await setup(() => ({ status: 500, body: "down" }));
  await expect(stopped.embedder.embed(["a"], { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: expect.stringMatching(/TimeoutError|AbortError/),
  });
});

test("[MEM-102] an answer that is not what was asked for is refused", async () => {
  const answers = ["no JSON", { data: [] }, { data: [{ embedding: ["x"] }] }, { nothing: true }];
  for (const body of answers) {
    await using world = await setup(() => ({ body }));
    await expect(world.embedder.embed(["a"], {})).rejects.toMatchObject({ code: "http.unexpected" });
  }
});

test("[MEM-103] a private address is reached only where it is allowed", async () => {
  await using world = await setup(lengths, { allowedOrigins: [] });
  await expect(world.embedder.embed(["a"], {})).rejects.toMatchObject({ code: "http.refused" });
  expect(world.asked).toEqual([]);
});

test("[MEM-103] an embedder without a model is refused", () => {
  expect(() => openAiEmbedder({ model: "" })).toThrow(expect.objectContaining({ code: "memory.invalid" }));
  expect(() => openAiEmbedder({ model: "m", batch: 0 })).toThrow(
    expect.objectContaining({ code: "memory.invalid" }),
  );
});
