// A conversation with an agent as a process: whatever is said, by the user, the assistant or a tool, is a message in a
// slot. Thinking takes time and is not pure, so it is a run of an action, and its answer comes back as a message. Then
// the conversation is forked in the middle and goes another way, and other code is tried on what was said.
//
// The model is a stand-in, so that this prints the same everywhere: a server of a few lines on this machine that answers
// from a table. A real one is asked at the same place, and nothing else changes.
import { createServer, type Server } from "node:http";
import { pathToFileURL } from "node:url";
import { createRuntime, defineProcess, effects, type Json } from "escapement";
import { sqlite } from "escapement/sqlite";
import { z } from "zod";

const turn = z.object({ role: z.enum(["user", "assistant", "tool"]), text: z.string() });
type Turn = z.infer<typeof turn>;

/** What stands in the way of an answer is asked for with a tool first, as models do. */
function answerTo(turns: readonly Turn[]): string {
  const last = turns.at(-1)?.text ?? "";
  const city = /weather in (\w+)/.exec(last)?.[1];
  if (city !== undefined) return `CALL weather ${city}`;
  if (turns.at(-1)?.role === "tool") return `It is ${last} there now.`;
  return last.includes("@") ? "I will write to you." : "Tell me more.";
}

async function startModel(): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const turns = z.array(turn).parse(JSON.parse(Buffer.concat(parts).toString()));
      response.end(JSON.stringify({ text: answerTo(turns) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** What two versions of the code do otherwise is what they make of the user's words. */
function conversation(readUser: (text: string) => string) {
  const think = (process: string, turns: readonly Turn[]) => effects.enqueue("model:ask", { process, turns });
  return defineProcess({
    state: z.object({ turns: z.array(turn) }),
    initial: () => ({ turns: [] }),
    messages: {
      user: {
        input: z.string(),
        handle(state, text, ctx) {
          const turns: Turn[] = [...state.turns, { role: "user", text: readUser(text) }];
          return { state: { turns }, effects: [think(ctx.process, turns)] };
        },
      },
      assistant: {
        input: z.string(),
        handle(state, text, ctx) {
          const turns: Turn[] = [...state.turns, { role: "assistant", text }];
          const city = /^CALL weather (\w+)$/.exec(text)?.[1];
          if (city === undefined) return { state: { turns }, output: "answered" };
          return {
            state: { turns },
            effects: [effects.enqueue("weather:look", { process: ctx.process, city })],
          };
        },
      },
      tool: {
        input: z.string(),
        handle(state, text, ctx) {
          const turns: Turn[] = [...state.turns, { role: "tool", text }];
          return { state: { turns }, effects: [think(ctx.process, turns)] };
        },
      },
    },
  });
}

function said(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export async function main(print: (line: string) => void): Promise<void> {
  const model = await startModel();
  const address = model.address();
  const url = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
  await using runtime = await createRuntime({ storage: sqlite(":memory:") });
  const talk = runtime.process(
    "talk",
    conversation((text) => text),
  );

  // An action may run twice after a crash; its run's id as the key makes what it says one message.
  runtime.action("model:ask", {
    input: z.object({ process: z.string(), turns: z.array(turn) }),
    async run({ process, turns }, ctx) {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(turns), signal: ctx.signal });
      const { text } = z.object({ text: z.string() }).parse(await response.json());
      await runtime.processes.send(process, "assistant", text, { key: ctx.runId });
    },
  });
  runtime.action("weather:look", {
    input: z.object({ process: z.string(), city: z.string() }),
    async run({ process, city }, ctx) {
      const text = city === "Lisbon" ? "21 °C and sunny" : "4 °C and raining";
      await runtime.processes.send(process, "tool", text, { key: ctx.runId });
    },
  });
  await runtime.start();

  const show = async (id: string, from = 0): Promise<void> => {
    for await (const { assignment, message } of talk.history(id, { from }))
      print(`  ${assignment.slot} ${message.name}: ${said(message.input)}`);
  };

  print("A conversation:");
  await talk.send("ada", "user", "What is the weather in Lisbon?");
  await talk.wait("ada", 3);
  await talk.send("ada", "user", "Thanks. Write to me at ada@example.com!");
  await talk.wait("ada", 5);
  await show("ada");

  print("Forked behind slot 3, it goes another way:");
  await runtime.processes.fork("talk/ada", { at: 3, as: "ada-bergen" });
  await talk.send("ada-bergen", "user", "And what is the weather in Bergen?");
  await talk.wait("ada-bergen", 7);
  await show("ada-bergen", 4);
  print(`  the first one still has ${(await talk.state("ada")).state.turns.length} turns`);

  const same = await runtime.processes.replay("talk/ada");
  print(`Replayed: ${same.slots} slots came out as they were recorded.`);

  print("What if mail addresses were hidden from the model?");
  const careful = conversation((text) => text.replaceAll(/\S+@[\w.]*\w/g, "[mail address]"));
  const { slots, firstDifference } = await runtime.processes.replay("talk/ada", { with: careful });
  print(`  ${slots} slots are the same; slot ${firstDifference?.slot} differs at ${firstDifference?.path}`);
  print(`  was: ${said(firstDifference?.was)}`);
  print(`  is:  ${said(firstDifference?.is)}`);

  const { ok } = await runtime.processes.verify("talk/ada-bergen");
  print(`The chain of the fork, shared slots included, is sound: ${ok}`);
  model.close();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(console.log);
