import { expect, test } from "vitest";
import { startAll, stopAll, type Service } from "./service.ts";

function traced(log: string[], name: string, faults: readonly string[] = []): Service {
  const step = (verb: string): Promise<void> => {
    log.push(`${verb} ${name}`);
    return faults.includes(verb) ? Promise.reject(new Error(`${name} will not ${verb}`)) : Promise.resolve();
  };
  return { start: () => step("start"), stop: () => step("stop") };
}

test("[BAS-60] services start in order and stop in reverse", async () => {
  const log: string[] = [];
  const services = ["a", "b", "c"].map((name) => traced(log, name));
  await startAll(services);
  await stopAll(services);
  expect(log).toEqual(["start a", "start b", "start c", "stop c", "stop b", "stop a"]);
});

test("[BAS-61] when one does not start, those before it are stopped and the failure is told", async () => {
  const log: string[] = [];
  const services = [traced(log, "a"), traced(log, "b"), traced(log, "c", ["start"]), traced(log, "d")];
  await expect(startAll(services)).rejects.toThrow("c will not start");
  expect(log).toEqual(["start a", "start b", "start c", "stop b", "stop a"]);
});

test("[BAS-61] why it did not start is told also when stopping the others fails", async () => {
  const log: string[] = [];
  const services = [traced(log, "a", ["stop"]), traced(log, "b", ["start"])];
  await expect(startAll(services)).rejects.toThrow("b will not start");
});

test("[BAS-62] when one does not stop, the others are stopped all the same, and the first failure is told", async () => {
  const log: string[] = [];
  const services = [traced(log, "a", ["stop"]), traced(log, "b"), traced(log, "c", ["stop"])];
  await expect(stopAll(services)).rejects.toThrow("c will not stop");
  expect(log).toEqual(["stop c", "stop b", "stop a"]);
});
