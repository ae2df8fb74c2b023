// A wire between a client and a server that can be told to swallow the answers, and then to break.
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing that the server says arrives. */
  swallow(): void;
  /** Breaks every connection; new ones work. */
  cut(): void;
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSwallowing = false;
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => !isSwallowing && client.write(data));
    for (const [one, other] of [pair, [upstream, client] as const]) {
      one.on("error", () => undefined);
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const cut = (): void => {
    isSwallowing = false;
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    swallow: () => void (isSwallowing = true),
    cut,
    [Symbol.asyncDispose]() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
