// A lane lets only so many runs through at a time: the runs of a task that must not overlap, of an action with a
// concurrency limit, of one customer. A run may have to pass several lanes; it holds a seat in each while it runs.

export interface Lane {
  readonly key: string;
  readonly limit: number;
}

/** The seats taken per lane, as a claim sees and changes them. */
export type SeatBook = Map<string, number>;

/** The first lane without a free seat. */
export function fullLane(lanes: readonly Lane[], seats: SeatBook): string | undefined {
  return lanes.find((lane) => (seats.get(lane.key) ?? 0) >= lane.limit)?.key;
}

/** Takes a seat in every lane. */
export function takeSeats(lanes: readonly Lane[], seats: SeatBook): void {
  for (const lane of lanes) seats.set(lane.key, (seats.get(lane.key) ?? 0) + 1);
}
