import { expect, test } from "vitest";
import { Joined } from "./joined.ts";

test("[STP-16] questions of one turn travel together, and each gets its own answer", async () => {
  const sent: (readonly number[])[] = [];
  const joined = new Joined<number, string>(async (questions) => {
    sent.push(questions);
    return questions.map((question) => `answer ${question}`);
  });
  const both = Promise.all([joined.ask(1), joined.ask(2)]);
  expect(await both).toEqual(["answer 1", "answer 2"]);
  expect(await joined.ask(3)).toBe("answer 3");
  expect(sent).toEqual([[1, 2], [3]]);
});

test("[STP-16] when the call fails, all who asked are told, and the next is not harmed", async () => {
  let fails = true;
  const joined = new Joined<number, number>(async (questions) => {
    if (fails) throw new Error("no answer");
    return questions;
  });
  const both = [joined.ask(1), joined.ask(2)];
  for (const one of both) await expect(one).rejects.toThrow("no answer");
  fails = false;
  expect(await joined.ask(3)).toBe(3);
});
