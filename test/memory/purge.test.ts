// What is purged is gone from the file itself: its text, its words in the index, its metadata.
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";

/** Whether the bytes stand anywhere in the files of the database. */
function holds(directory: string, text: string): boolean {
  return globSync("app.db*", { cwd: directory }).some((name) =>
    readFileSync(join(directory, name)).includes(Buffer.from(text)),
  );
}

test("[MEM-111] on SQLite nothing of what was purged is left in the file", async () => {
  const directory = mkdtempSync(join(tmpdir(), "escapement-purge-"));
  const storage = () => sqlite(join(directory, "app.db"));
  try {
    const [first, second, third] = ["quagmirezebra", "xylophonebadger", "wisteriaotter"] as const;
    {
      await using runtime = await createRuntime({ storage: storage(), work: false });
      const { memory } = runtime;
      await memory.appendMany(
        Array.from({ length: 300 }, (_, index) => ({
          content: `common words ${index}`,
          metadata: { n: index },
        })),
      );
      await memory.append({
        id: "text",
        content: `he said ${first} twice`,
        metadata: { who: "narwhalsecret" },
      });
      await memory.append({ id: "json", content: { deep: [second] } });
      await memory.append({ id: "long", content: `${third} `.repeat(3_000) });
      await memory.append({ id: "bytes", content: new TextEncoder().encode("bytesofasecret") });
    }
    const all = [first, second, third, "narwhalsecret", "bytesofasecret"];
    expect(all.map((secret) => holds(directory, secret))).toEqual(all.map(() => true));
    {
      await using runtime = await createRuntime({ storage: storage(), work: false });
      await runtime.memory.forget("long", { reason: "first hidden" });
      for (const id of ["text", "json", "long", "bytes"])
        await runtime.memory.purge(id, { reason: "asked for" });
      expect((await runtime.memory.search({ text: "common" })).hits).toHaveLength(10);
    }
    expect(all.filter((secret) => holds(directory, secret))).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
