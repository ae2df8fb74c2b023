// What a route answers: a status, a value, and the headers that belong to it.

export type Status = 200 | 201 | 204;

export interface Reply<Answer> {
  readonly status: Status;
  readonly answer: Answer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Text that goes out as it comes, instead of a value that is there. */
export interface StreamReply {
  readonly status: 200;
  readonly lines: AsyncIterable<string>;
  readonly headers: Readonly<Record<string, string>>;
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

/** Asks for the first line before it answers, so that what cannot be done is still answered as an error. */
export async function streamed(lines: AsyncGenerator<string>, type: string): Promise<StreamReply> {
  const first = await lines.next();
  async function* all(): AsyncGenerator<string> {
    if (first.done === true) return;
    yield first.value;
    yield* lines;
  }
  return { status: 200, lines: all(), headers: { "content-type": type } };
}
