// The first place where two values differ: what a replay tells. Key order is no difference.
import type { Json } from "../base/json.ts";
import { isFields, isList, pointer } from "./patch.ts";

export interface Difference {
  /** A JSON Pointer; empty for the whole value. */
  readonly path: string;
  /** Absent where there was nothing. */
  readonly was?: Json;
  /** Absent where there is nothing. */
  readonly is?: Json;
}

/** Either may be absent. */
export function firstDifference(was: Json | undefined, is: Json | undefined): Difference | undefined {
  return differ(was, is, []);
}

type Path = readonly (string | number)[];

function differ(was: Json | undefined, is: Json | undefined, path: Path): Difference | undefined {
  if (was === is) return undefined;
  if (isList(was) && isList(is)) {
    for (let index = 0; index < Math.max(was.length, is.length); index++) {
      const found = differ(was[index], is[index], [...path, index]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (was !== undefined && is !== undefined && isFields(was) && isFields(is)) {
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const found = differ(field(was, key), field(is, key), [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return {
    path: pointer(path),
    ...(was === undefined ? {} : { was }),
    ...(is === undefined ? {} : { is }),
  };
}

function field(fields: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
