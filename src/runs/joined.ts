// Calls of one turn as one call: many ask, one is sent, each gets its own answer.

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export class Joined<Question, Answer> {
  /** One answer for each question, in their order. */
  readonly #send: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  #waiting: Waiting<Question, Answer>[] = [];

  constructor(send: (questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#send = send;
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const answers = await this.#send(waiting.map((one) => one.question));
      answers.forEach((answer, index) => waiting[index]?.resolve(answer));
    } catch (error) {
      for (const one of waiting) one.reject(error);
    }
  }
}
