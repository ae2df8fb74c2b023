// Where the API lives. A later version of it will live beside this one.

export const base = "/api/v1";

/** The path of one thing: `/api/v1/runs/ID`. */
export function pathOf(noun: string, id: string): string {
  return `${base}/${noun}/${encodeURIComponent(id)}`;
}
