// One request and the head of its response, over a connection of its own: a pooled one would have been judged
// for somebody else, and its timings would be missing.
import { request as sendPlain, type IncomingMessage, type RequestOptions } from "node:http";
import { request as sendSecure } from "node:https";
import { checkLiteralAddress, guardedLookup } from "./address-guard.ts";
import type { Hop } from "./hop.ts";
import type { OutgoingRules } from "./outgoing-options.ts";

export interface HopTiming {
  /** Name resolution; null when the host is written as an address. */
  readonly dnsMs: number | null;
  /** From an address to a usable connection, TLS included. */
  readonly connectMs: number;
  /** From a usable connection to the head of the response. */
  readonly firstByteMs: number;
}

export interface Exchange {
  readonly response: IncomingMessage;
  readonly timing: HopTiming;
}

/** Rejects with what the network says, untranslated, or with `http.refused`. */
export function exchange(hop: Hop, rules: OutgoingRules, signal: AbortSignal): Promise<Exchange> {
  checkLiteralAddress(hop.url, rules);
  return new Promise((resolve, reject) => {
    const marks = new Marks(rules.clock.elapsed());
    const lookup = guardedLookup(hop.url, {
      ...rules,
      resolve: async (name) => {
        const addresses = await rules.resolve(name);
        marks.resolvedAt = rules.clock.elapsed();
        return addresses;
      },
    });
    const options: RequestOptions = {
      method: hop.method,
      headers: hop.headers,
      lookup,
      signal,
      agent: false,
    };
    const secure = hop.url.protocol === "https:";
    const request = secure ? sendSecure(hop.url, options) : sendPlain(hop.url, options);
    request.once("socket", (socket) => {
      socket.once(secure ? "secureConnect" : "connect", () => (marks.connectedAt = rules.clock.elapsed()));
    });
    request.on("error", reject);
    request.once("response", (response) =>
      resolve({ response, timing: marks.timing(rules.clock.elapsed()) }),
    );
    request.end(hop.body);
  });
}

/** When what happened, by a clock that only measures. */
class Marks {
  readonly startedAt: number;
  resolvedAt: number | undefined;
  connectedAt: number | undefined;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  timing(answeredAt: number): HopTiming {
    const addressAt = this.resolvedAt ?? this.startedAt;
    const connectedAt = this.connectedAt ?? addressAt;
    return {
      dnsMs: this.resolvedAt === undefined ? null : this.resolvedAt - this.startedAt,
      connectMs: connectedAt - addressAt,
      firstByteMs: answeredAt - connectedAt,
    };
  }
}
