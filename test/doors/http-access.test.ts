import { describe, expect, test } from "vitest";
import { apiRoutes } from "../../src/http/routes.ts";
import { serve } from "../../src/http/serve.ts";
import { parseToken, roles } from "../../src/http/token.ts";
import { httpWorld, type World } from "./http-world.ts";

const secrets = { viewer: "look-only-1", operator: "work-work-2", admin: "boss-boss-3" };
const tokens = roles.map((role) => parseToken(`${role}:${secrets[role]}`));

function bearer(secret: string): Record<string, string> {
  return { authorization: `Bearer ${secret}` };
}

/** Sent with nothing but the right to; what else is wrong with it does not matter here. */
async function statusFor(world: World, method: string, path: string, secret?: string): Promise<number> {
  const headers = secret === undefined ? {} : bearer(secret);
  return (await world.call(method, path, undefined, headers)).status;
}

describe("access over HTTP", () => {
  test("[HTP-18] every route asks for a token of its role or a higher one", async () => {
    await using world = await httpWorld({ tokens });
    const routes = apiRoutes(world.runtime).map(({ method, path, needs }) => ({
      method,
      path: path.replace(":id", "x"),
      needs,
    }));
    for (const { method, path, needs } of [
      ...routes,
      { method: "GET", path: "//metrics", needs: "viewer" as const },
    ]) {
      expect([method, path, await statusFor(world, method, path)]).toEqual([method, path, 401]);
      expect([method, path, await statusFor(world, method, path, "wrong-secret")]).toEqual([
        method,
        path,
        401,
      ]);
      for (const role of roles) {
        const allowed = roles.indexOf(role) >= roles.indexOf(needs);
        const refused = (await statusFor(world, method, path, secrets[role])) === 403;
        expect([method, path, role, refused]).toEqual([method, path, role, !allowed]);
      }
    }
  });

  test("[HTP-18] reading needs a viewer, work an operator, definitions and control an admin", async () => {
    await using world = await httpWorld({ tokens });
    const needs = Object.fromEntries(
      apiRoutes(world.runtime).map((route) => [`${route.method} ${route.path}`, route.needs]),
    );
    for (const [route, role] of Object.entries(needs)) {
      if (route.startsWith("GET ")) expect([route, role]).toEqual([route, "viewer"]);
      if (route.startsWith("PUT ") || route.startsWith("DELETE "))
        expect([route, role]).toEqual([route, "admin"]);
      if (route.startsWith("POST /control")) expect([route, role]).toEqual([route, "admin"]);
    }
    expect(needs).toMatchObject({ "POST /tasks/preview": "viewer", "POST /runs": "operator" });
    expect(needs).toMatchObject({
      "POST /tasks/:id/trigger": "operator",
      "POST /runs/:id/cancel": "operator",
    });
  });

  test("[HTP-18] without a token the answer says how to show one", async () => {
    await using world = await httpWorld({ tokens });
    const { status, headers, json } = await world.call("GET", "/tasks");
    expect([status, json.code]).toEqual([401, "auth.required"]);
    expect(headers.get("www-authenticate")).toContain("Bearer");
    const low = await world.call("DELETE", "/tasks/a", undefined, bearer(secrets.viewer));
    expect([low.status, low.json.code]).toEqual([403, "auth.forbidden"]);
    expect((await world.call("GET", "//healthz")).status).toBe(200);
  });

  test("[HTP-18] the journal has the role of the caller", async () => {
    await using world = await httpWorld({ tokens });
    await world.call("POST", "/runs", { action: "say:hello" }, bearer(secrets.operator));
    const { json } = await world.call("GET", "/journal?kind=run.enqueued", undefined, bearer(secrets.viewer));
    expect(json.items).toMatchObject([{ actor: "user:operator" }]);
  });

  test("[HTP-19] an error never repeats a secret", async () => {
    await using world = await httpWorld({ tokens });
    const { text } = await world.call("GET", "/tasks", undefined, bearer("my-hidden-secret"));
    expect(text).not.toContain("my-hidden-secret");
  });

  test("[HTP-19] a secret that is too short or holds spaces is refused, and not repeated", () => {
    for (const secret of ["short", "viewer:short", "has some spaces", "", "admin:"]) {
      expect(() => parseToken(secret)).toThrow(/at least 8/);
      if (secret !== "") expect(() => parseToken(secret)).not.toThrow(secret);
    }
    expect(parseToken("plain-secret").role).toBe("admin");
    expect(parseToken("admin:user:x-and-y").role).toBe("admin");
    expect(parseToken("a-secret:with-a-colon").role).toBe("admin");
    expect(parseToken("viewer:x-and-y-z").role).toBe("viewer");
  });

  test("[HTP-19] a role that does not exist is refused, and nothing of the token is repeated", () => {
    for (const token of ["king:SECRET-SECRET", "Viewer:SECRET-SECRET", "user:x-and-y-z"]) {
      expect(() => parseToken(token)).toThrow(/no role.*viewer, operator, admin/);
      for (const part of token.split(":")) expect(() => parseToken(token)).not.toThrow(part);
    }
  });

  test("[HTP-20] without tokens only names of this machine are answered", async () => {
    await using world = await httpWorld();
    const at = async (host: string): Promise<number> =>
      (await world.app.request(`http://${host}/api/v1/tasks`)).status;
    for (const host of ["localhost:4040", "127.0.0.1", "127.1.2.3", "[::1]:4040"])
      expect(await at(host)).toBe(200);
    for (const host of ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil.example"]) {
      expect(await at(host)).toBe(403);
    }
    await using guarded = await httpWorld({ tokens });
    const response = await guarded.app.request("http://ops.example/api/v1/tasks", {
      headers: bearer(secrets.viewer),
    });
    expect(response.status).toBe(200);
  });

  test("[HTP-21] a page of another site changes nothing", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/a", { type: "interval", schedule: "1h", action: "say:hello" });
    const stop = async (headers: Record<string, string>): Promise<number> =>
      (await world.call("POST", "/tasks/a/stop", undefined, headers)).status;
    expect(await stop({ origin: "https://evil.example" })).toBe(403);
    expect(await stop({ origin: "null" })).toBe(403);
    expect(await stop({ origin: "http://localhost:9999" })).toBe(403);
    expect(await stop({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await stop({ "sec-fetch-site": "same-site" })).toBe(403);
    expect((await world.runtime.tasks.get("a"))?.enabled).toBe(true);
    expect(await stop({ origin: "http://localhost", "sec-fetch-site": "same-origin" })).toBe(200);
  });

  test("[HTP-22] listening beyond this machine without a token is refused", async () => {
    await using world = await httpWorld();
    for (const host of ["0.0.0.0", "::", "192.168.1.1", "example.org"]) {
      await expect(serve(world.runtime, { host, port: 0 })).rejects.toMatchObject({
        code: "options.invalid",
        message: expect.stringContaining("--token"),
      });
    }
    const server = await serve(world.runtime, { host: "0.0.0.0", port: 0, tokens });
    await server.close();
  });

  test("[HTP-23] every answer carries strict headers and a request id", async () => {
    await using world = await httpWorld();
    for (const path of ["/tasks", "/tasks/nobody", "/nothing", "//", "//metrics", "//healthz"]) {
      const { headers } = await world.call("GET", path);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
    const id = async (given: string): Promise<string | null> =>
      (await world.call("GET", "/tasks", undefined, { "x-request-id": given })).headers.get("x-request-id");
    expect(await id("trace-1.2:3")).toBe("trace-1.2:3");
    expect(await id("<script>")).not.toContain("script");
    expect(await id("x".repeat(101))).not.toContain("xxx");
  });
});
