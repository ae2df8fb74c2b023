import { expect, test } from "vitest";
import { behindLimit, behindSwitch, exempt, holdReason, inCluster, inFifo, inLane, ready } from "./place.ts";

test("[RUN-40] a run in line waits for nothing that could be named", () => {
  expect([ready, exempt].map(holdReason)).toEqual([undefined, undefined]);
});

test.each([
  [inLane("action:mail:send"), '"action:mail:send"'],
  [behindSwitch("cluster:c1"), 'kill switch on "cluster:c1"'],
  [inCluster("c:1"), 'cluster "c:1" is disabled'],
  [behindLimit("action:x:key:with:colons"), 'limit "action:x:key:with:colons" is used up'],
  [inFifo("a:b"), 'line "a:b"'],
])("[RUN-40] what waits at %s is told in words, with the whole name", (place, words) => {
  expect(holdReason(place)).toContain(words);
});

test("[RUN-41] places of different kinds never meet, whatever the names", () => {
  const names = ["all", "", "node", "switch:all"];
  const makers = [inLane, behindSwitch, inCluster, behindLimit, inFifo];
  const places = makers.flatMap((make) => names.map(make));
  expect(new Set([...places, ready, exempt]).size).toBe(places.length + 2);
});
