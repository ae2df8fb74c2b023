// A handler in a thread that does with memory whatever there is to do.
import type { RunContext } from "escapement";

export default async function remember(_input: unknown, ctx: RunContext): Promise<unknown> {
  const { memory } = ctx;
  const advance = { ref: "head", expected: null };
  const { record } = await memory.append({ content: "zebra crossing", metadata: { n: 1 } }, { advance });
  const child = await memory.append({ content: new Uint8Array([7]), parents: [record.id] });
  const { hits, used } = await memory.search({ text: "ZEBRA" });
  const refused = await memory
    .append({ id: record.id, content: "other" })
    .catch((error: unknown) => String(error));
  const seen: string[] = [];
  for await (const change of memory.changes()) {
    seen.push(change.kind);
    if (seen.length === 2) await memory.forget(child.record.id, { reason: `at ${ctx.now()}` });
    if (seen.length === 3) break;
  }
  return {
    id: record.id,
    found: hits.map((hit) => hit.record.id),
    used,
    refused,
    seen,
    head: await memory.refs.get("head"),
    listed: (await (await memory.at(2)).list({ where: { n: 1 } })).items.length,
    lineage: (await memory.lineage(child.record.id)).records.length,
  };
}
