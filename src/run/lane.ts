// A lane lets only so many runs through at a time: the runs of a task that must not overlap, of an action with a
// concurrency limit, of one customer. A run may have to pass several lanes; it holds a seat in each while it runs.

export interface Lane {
  readonly key: string;
  readonly limit: number;
}

/** The seats taken per lane, as a claim sees and changes them. */
export type SeatBook = Map<string, number>;

/** Takes a seat in every lane, or takes none and names the first lane that is full. */
export function takeSeats(lanes: readonly Lane[], seats: SeatBook): string | undefined {
  const full = lanes.find((lane) => (seats.get(lane.key) ?? 0) >= lane.limit);
  if (full !== undefined) return full.key;
  for (const lane of lanes) seats.set(lane.key, (seats.get(lane.key) ?? 0) + 1);
  return undefined;
}
