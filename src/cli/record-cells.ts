// A record as a row of a table.
import type { MemoryRecord } from "../contract/memory.ts";
import { when } from "./when.ts";

export const memoryColumns = [
  { heading: "ID", importance: 9 },
  { heading: "NAMESPACE", importance: 6, least: 8 },
  { heading: "KEPT", importance: 7 },
  { heading: "CONTENT", importance: 8, least: 20 },
] as const;

export function recordCells(record: MemoryRecord, now: number): readonly string[] {
  return [record.id, record.namespace, when(record.at, now), contentLine(record)];
}

export function contentLine({ content }: Pick<MemoryRecord, "content">): string {
  if (content instanceof Uint8Array) return `${content.length} bytes`;
  return typeof content === "string" ? content.replaceAll(/\s+/g, " ") : JSON.stringify(content);
}
