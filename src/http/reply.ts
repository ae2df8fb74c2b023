// What a route answers: a status, a value, and the headers that belong to it.

export type Status = 200 | 201 | 204;

export interface Reply<Answer> {
  readonly status: Status;
  readonly answer: Answer;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok<Answer>(answer: Answer, headers: Readonly<Record<string, string>> = {}): Reply<Answer> {
  return { status: 200, answer, headers };
}

/** `location` is the path of what was made. */
export function created<Answer>(
  answer: Answer,
  location: string,
  headers: Readonly<Record<string, string>> = {},
): Reply<Answer> {
  return { status: 201, answer, headers: { ...headers, location } };
}

export const done: Reply<undefined> = { status: 204, answer: undefined };
