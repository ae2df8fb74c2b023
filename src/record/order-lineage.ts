// The ancestors of a record in an order in which every parent stands before its child, whatever the graph: several
// parents, shared ones, missing ones, cycles. Each record once, the given one last.

interface Node {
  readonly id: string;
  readonly parents: readonly string[];
}

export interface OrderedLineage<Item> {
  readonly items: readonly Item[];
  /** Reachable ids that are not kept. */
  readonly missing: readonly string[];
}

/** `maxDepth` 0 is the record alone, 1 its parents too; what lies deeper is left out, and so not missing. */
export function orderLineage<Item extends Node>(
  id: string,
  kept: ReadonlyMap<string, Item>,
  maxDepth: number = Number.POSITIVE_INFINITY,
): OrderedLineage<Item> {
  const within = reachable(id, kept, maxDepth);
  const items: Item[] = [];
  const missing: string[] = [];
  const entered = new Set<string>([id]);
  const path: { readonly id: string; next: number }[] = [{ id, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const item = kept.get(top.id);
    const parent = item?.parents[top.next];
    if (parent === undefined) {
      path.pop();
      if (item === undefined) missing.push(top.id);
      else items.push(item);
      continue;
    }
    top.next += 1;
    if (entered.has(parent) || !within.has(parent)) continue;
    entered.add(parent);
    path.push({ id: parent, next: 0 });
  }
  return { items, missing };
}

/** Breadth first, because the depth of a record is that of its shortest way. */
function reachable(id: string, kept: ReadonlyMap<string, Node>, maxDepth: number): Set<string> {
  const seen = new Set([id]);
  let edge = [id];
  for (let depth = 0; depth < maxDepth && edge.length > 0; depth++) {
    edge = edge
      .flatMap((one) => kept.get(one)?.parents ?? [])
      .filter((one) => !seen.has(one) && seen.add(one));
  }
  return seen;
}
