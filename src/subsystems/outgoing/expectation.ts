// What a caller expects of a response, and whether a response is that. Pure.

/** One status, or a class of them such as `"2xx"`. */
type StatusPattern = number | "1xx" | "2xx" | "3xx" | "4xx" | "5xx";

export interface Expectation {
  /** Default: every status below 400. */
  readonly status?: StatusPattern | readonly StatusPattern[];
  /** The body must hold this text. */
  readonly contains?: string;
}

/** What is missing, as the end of the sentence "expected …"; `undefined` when nothing is. */
export function findDisappointment(
  expectation: Expectation,
  status: number,
  body: string,
): string | undefined {
  if (!statusFits(expectation.status, status)) return describeStatus(expectation.status);
  const { contains } = expectation;
  if (contains === undefined || body.includes(contains)) return undefined;
  return `a body that contains ${JSON.stringify(contains)}`;
}

/** Is this status asked for by name or class? The default asks for none by name. */
export function namesStatus(expectation: Expectation, status: number): boolean {
  return expectation.status !== undefined && statusFits(expectation.status, status);
}

function statusFits(expected: Expectation["status"], status: number): boolean {
  if (expected === undefined) return status < 400;
  return patterns(expected).some(
    (pattern) => pattern === status || pattern === `${Math.floor(status / 100)}xx`,
  );
}

function describeStatus(expected: Expectation["status"]): string {
  return expected === undefined ? "a status below 400" : `status ${patterns(expected).join(" or ")}`;
}

function patterns(expected: StatusPattern | readonly StatusPattern[]): readonly StatusPattern[] {
  return typeof expected === "object" ? expected : [expected];
}
