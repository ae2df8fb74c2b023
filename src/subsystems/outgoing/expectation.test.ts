import { expect, test } from "vitest";
import { findDisappointment, namesStatus } from "./expectation.ts";

test.each([
  [undefined, 200, true],
  [undefined, 399, true],
  [undefined, 400, false],
  [undefined, 503, false],
  [404, 404, true],
  [404, 200, false],
  ["2xx", 204, true],
  ["2xx", 301, false],
  [[200, "3xx"], 304, true],
  [[200, "3xx"], 201, false],
] as const)("[OUT-25] expecting %j, status %d fits: %s", (status, actual, fits) => {
  const found = findDisappointment(status === undefined ? {} : { status }, actual, "");
  expect(found === undefined).toBe(fits);
});

test("[OUT-24] a missing status is put into words", () => {
  expect(findDisappointment({}, 500, "")).toBe("a status below 400");
  expect(findDisappointment({ status: [200, "3xx"] }, 500, "")).toBe("status 200 or 3xx");
});

test("[OUT-26] the body must hold the text, upper and lower case as written", () => {
  expect(findDisappointment({ contains: "ready" }, 200, "all is ready")).toBeUndefined();
  expect(findDisappointment({ contains: "ready" }, 200, "READY")).toBe('a body that contains "ready"');
});

test("[OUT-27] only a status that was asked for is named", () => {
  expect(namesStatus({}, 301)).toBe(false);
  expect(namesStatus({ status: "3xx" }, 301)).toBe(true);
  expect(namesStatus({ status: 200 }, 301)).toBe(false);
});
