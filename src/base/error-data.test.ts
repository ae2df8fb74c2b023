import { expect, test } from "vitest";
import { errorData } from "./error-data.ts";

test("[BAS-33] an error with a cycle among its causes is recorded with each of them once", () => {
  const root = new Error("connect ECONNREFUSED");
  const outer = Object.assign(new TypeError("fetch failed", { cause: root }), { code: "ERR_FETCH" });
  Object.assign(root, { cause: outer, code: "ECONNREFUSED" });
  const data = errorData(outer);
  expect(data).toMatchObject({ name: "TypeError", message: "fetch failed", code: "ERR_FETCH" });
  expect(data.stack).toContain("TypeError: fetch failed");
  expect(data.stack?.match(/Caused by: /g)).toHaveLength(1);
  expect(data.stack).toMatch(/\nCaused by: Error: connect ECONNREFUSED \(ECONNREFUSED\)$/);
});

test("[BAS-33] the errors that an error gathers, and causes that are none, are recorded with it", () => {
  const many = new AggregateError([new Error("one"), "two", { three: 3 }], "all failed");
  expect(errorData(many).stack).toMatch(/Caused by: Error: one\nCaused by: two\nCaused by: \{"three":3\}$/);
});

test("[BAS-33] a record is bounded, and says how long the text was", () => {
  const huge = errorData(new Error("x".repeat(2_000_000), { cause: new Error("y".repeat(2_000_000)) }));
  expect(huge.message).toMatch(/^x{10000}… \(2000000 characters in all\)$/);
  expect(huge.stack).toContain("Caused by: Error: yyy");
  expect(JSON.stringify(huge).length).toBeLessThan(40_000);
  expect(errorData("z".repeat(2_000_000)).message).toMatch(/^z{10000}… \(2000000/);
  let deep = new Error("deep");
  for (let level = 0; level < 10_000; level++) deep = new Error("deeper", { cause: deep });
  expect(errorData(deep).stack?.match(/Caused by/g)).toHaveLength(5);
});

test("[BAS-33] what throws when it is looked at is recorded as far as it can be", () => {
  const trap = (error: object, key: string): object =>
    Object.defineProperty(error, key, {
      get: () => {
        throw new Error("do not look");
      },
    });
  expect(errorData(trap(new Error("fine"), "message"))).toMatchObject({
    name: "Error",
    message: '(its message cannot be read: reading it threw "do not look")',
  });
  expect(errorData(trap(new Error("fine"), "name")).name).toMatch(/^\(its name cannot be read/);
  expect(errorData(trap(new Error("fine"), "stack"))).toEqual({ name: "Error", message: "fine" });
  expect(errorData(trap(new Error("fine"), "code"))).toMatchObject({ name: "Error", message: "fine" });
  expect(errorData(trap(new Error("fine"), "cause"))).toMatchObject({ message: "fine" });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  expect(errorData(revoked.proxy)).toMatchObject({ name: "Thrown" });
  expect(errorData(Object.assign(new Error("odd"), { errors: revoked.proxy })).name).toBe("Thrown");
  expect(errorData(trap({}, "toJSON"))).toMatchObject({ name: "Thrown" });
});

test("[BAS-33] an error of another realm is an error", () => {
  const foreign = { name: "RangeError", message: "from afar", stack: "RangeError: from afar\n  at x" };
  expect(errorData(foreign)).toEqual(foreign);
});
