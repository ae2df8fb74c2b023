import { describe, expect, test } from "vitest";
import { followRedirect, type Hop, type Method } from "./hop.ts";

function hop(method: Method, more: Partial<Hop> = {}): Hop {
  const headers = {
    accept: "text/html",
    authorization: "Bearer s",
    "x-api-key": "k",
    "content-type": "text/plain",
  };
  return { url: new URL("https://one.test/a/b?q=1"), method, headers, body: "text", ...more };
}

describe("the hop after a redirect", () => {
  test.each([
    ["POST", 301, "GET"],
    ["POST", 302, "GET"],
    ["PUT", 303, "GET"],
    ["HEAD", 303, "HEAD"],
    ["PUT", 301, "PUT"],
    ["POST", 307, "POST"],
    ["DELETE", 308, "DELETE"],
  ] as const)("[OUT-13] %s and %d becomes %s", (method, status, next) => {
    const followed = followRedirect(hop(method), status, "/c");
    expect(followed.method).toBe(next);
    expect(followed.url.href).toBe("https://one.test/c");
    expect(followed.body).toBe(next === method ? "text" : undefined);
    expect("content-type" in followed.headers).toBe(next === method);
  });

  test("[OUT-12] the same origin is told everything again", () => {
    expect(followRedirect(hop("POST"), 307, "//one.test/c").headers).toEqual(hop("POST").headers);
  });

  test.each(["https://two.test/", "http://one.test/", "https://one.test:8443/"])(
    "[OUT-12] the other origin %s is told only what is harmless",
    (location) => {
      const followed = followRedirect(hop("POST"), 307, location);
      expect(followed.headers).toEqual({ accept: "text/html", "content-type": "text/plain" });
    },
  );

  test.each([
    "ftp://one.test/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://u:p@two.test/",
    "http://[",
  ])("[OUT-10] a redirect to %s is refused", (location) => {
    expect(() => followRedirect(hop("GET"), 302, location)).toThrow(
      expect.objectContaining({ code: "http.refused" }),
    );
  });
});
