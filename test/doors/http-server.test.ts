import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { serve } from "../../src/http/serve.ts";
import { httpWorld } from "./http-world.ts";

describe("the server", () => {
  test("[HTP-24] a port that is taken is named", async () => {
    await using world = await httpWorld();
    const first = await serve(world.runtime, { port: 0 });
    const port = Number(new URL(first.address).port);
    await expect(serve(world.runtime, { port })).rejects.toMatchObject({
      code: "port.in-use",
      message: expect.stringContaining(`Port ${port} on 127.0.0.1`),
    });
    await first.close();
    const second = await serve(world.runtime, { port });
    expect(second.address).toBe(`http://127.0.0.1:${port}`);
    await second.close();
  });

  test("[HTP-25] closing lets requests under way finish and takes no new ones", async () => {
    await using world = await httpWorld();
    const { runtime } = world;
    const release = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const control = Object.assign(Object.create(runtime.control), {
      async status() {
        asked.resolve();
        await release.promise;
        return runtime.control.status();
      },
    });
    const server = await serve({ ...runtime, control }, { port: 0 });
    const answer = fetch(`${server.address}/api/v1/control`);
    await asked.promise;
    const closed = server.close();
    await pause(20);
    await expect(fetch(`${server.address}/healthz`)).rejects.toThrow();
    release.resolve();
    expect((await answer).status).toBe(200);
    await closed;
    await server.close();
  });

  test("[HTP-25] a connection that stays idle does not hold up closing", async () => {
    await using world = await httpWorld();
    const server = await serve(world.runtime, { port: 0 });
    await (await fetch(`${server.address}/healthz`)).text();
    const started = performance.now();
    await server.close();
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  test("[HTP-14] a body that goes on and on is cut off, and the server lives on", async () => {
    await using world = await httpWorld();
    const server = await serve(world.runtime, { port: 0 });
    const { port } = new URL(server.address);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined); // the server may hang up on us
    socket.write("POST /api/v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    socket.write("transfer-encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    let answered = "";
    socket.on("data", (data) => {
      answered += String(data);
    });
    for (let sent = 0; sent < 64; sent++) {
      if (!socket.destroyed) socket.write(chunk);
      await pause(1);
    }
    await expect.poll(() => answered).toContain("413");
    expect(answered).toContain("request.too-large");
    socket.destroy();
    expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
    await server.close();
  });

  test("[HTP-20] a foreign name that was pointed at this machine is refused", async () => {
    await using world = await httpWorld();
    const server = await serve(world.runtime, { port: 0 });
    const { port } = new URL(server.address);
    const socket = connect(Number(port), "127.0.0.1");
    let answered = "";
    socket.on("data", (data) => {
      answered += String(data);
    });
    socket.write("GET /api/v1/tasks HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    await expect.poll(() => answered).toContain("403");
    expect(answered).toContain("auth.forbidden");
    await server.close();
  });
});
