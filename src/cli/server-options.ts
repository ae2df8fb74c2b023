// The options of every command that talks to a server, and the connection that follows from them.
import { connect, type Client } from "./client.ts";

export const serverOptions = {
  json: { type: "boolean", help: "JSON instead of a text for people" },
  url: { type: "string", value: "URL", help: "the server; default http://127.0.0.1:4040" },
  token: { type: "string", value: "SECRET", help: "the token to show; default ESCAPEMENT_TOKEN" },
} as const;

export function connectTo(call: {
  readonly values: { readonly url?: string | undefined; readonly token?: string | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
}): Client {
  const { url = "http://127.0.0.1:4040", token = call.env["ESCAPEMENT_TOKEN"] } = call.values;
  return connect(token === undefined || token === "" ? { url } : { url, token });
}
