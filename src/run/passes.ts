// How often a run may ask for another pass. Each leaves its steps and its events behind, so a run that goes on for ever
// would grow for ever; what has no end is a task, or a run that enqueues the next.

export const mostPasses: number = 10_000;
