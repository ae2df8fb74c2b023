import { expect, test } from "vitest";
import { services } from "./services.ts";

interface Closing extends AsyncDisposable {
  readonly name: string;
}

function setup(): {
  readonly log: string[];
  readonly closing: (name: string, fails?: boolean) => Closing;
} {
  const log: string[] = [];
  return {
    log,
    closing(name, fails = false) {
      log.push(`made ${name}`);
      return {
        name,
        async [Symbol.asyncDispose]() {
          await Promise.resolve();
          log.push(`disposed ${name}`);
          if (fails) throw new Error(`${name} does not close`);
        },
      };
    },
  };
}

test("[SVC-1] nothing is made until it is asked for, and then once for everybody", async () => {
  const { log, closing } = setup();
  await using app = services()
    .add("a", async () => Promise.resolve(closing("a")))
    .add("b", () => closing("b"))
    .start();
  expect(log).toEqual([]);
  const all = await Promise.all(Array.from({ length: 100 }, () => app.get("a")));
  expect(new Set(all).size).toBe(1);
  expect(log).toEqual(["made a"]);
});

test("[SVC-2] a service may be made of those before it, and of no other", async () => {
  await using app = services()
    .add("a", () => 1)
    .add("b", async (earlier) => (await earlier.get("a")) + 1)
    .add("c", async (earlier) => {
      // @ts-expect-error -- nothing depends on itself
      await expect(earlier.get("c")).rejects.toMatchObject({ code: "service.not-found" });
      // @ts-expect-error -- nor on what comes later
      await expect(earlier.get("d")).rejects.toMatchObject({ code: "service.not-found" });
      return (await earlier.get("a")) + (await earlier.get("b"));
    })
    .add("d", () => "late")
    .start();
  const c: number = await app.get("c");
  expect(c).toBe(3);
  // @ts-expect-error -- not a service
  await expect(app.get("e")).rejects.toMatchObject({ code: "service.not-found" });
});

test("[SVC-3] a service that could not be made fails for all who wait, and is tried anew", async () => {
  let tries = 0;
  await using app = services()
    .add("a", () => {
      tries += 1;
      if (tries === 1) throw new Error("not yet");
      return tries;
    })
    .start();
  const first = await Promise.allSettled([app.get("a"), app.get("a"), app.get("a")]);
  expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect([await app.get("a"), tries]).toEqual([2, 2]);
});

test("[SVC-4] what was made is disposed once, the last made first, though some of it fails", async () => {
  const { log, closing } = setup();
  const app = services()
    .add("a", () => closing("a", true))
    .add("b", () => closing("b"))
    .add("c", async (earlier) => {
      await earlier.get("a");
      return closing("c", true);
    })
    .add("never", () => closing("never"))
    .start();
  await Promise.all([app.get("c"), app.get("b")]);
  log.length = 0;
  const [one, other] = await Promise.allSettled([app[Symbol.asyncDispose](), app[Symbol.asyncDispose]()]);
  expect(log.toSorted()).toEqual(["disposed a", "disposed b", "disposed c"]);
  expect(log.indexOf("disposed c")).toBeLessThan(log.indexOf("disposed a"));
  expect(one).toMatchObject({ status: "rejected", reason: { message: "2 services could not be disposed." } });
  expect(other).toEqual(one);
});

test("[SVC-5] when a service fails half way, what it was made of is disposed all the same", async () => {
  const { log, closing } = setup();
  const use = async (): Promise<void> => {
    await using app = services()
      .add("a", () => closing("a"))
      .add("b", async (earlier) => {
        await earlier.get("a");
        throw new Error("half way");
      })
      .start();
    await app.get("b");
  };
  await expect(use()).rejects.toThrow("half way");
  expect(log).toEqual(["made a", "disposed a"]);
});

test("[SVC-5] what is being made while the application is disposed is disposed as well", async () => {
  const { log, closing } = setup();
  const app = services()
    .add("a", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return closing("a");
    })
    .start();
  const made = app.get("a");
  await app[Symbol.asyncDispose]();
  expect(log).toEqual(["made a", "disposed a"]);
  await expect(app.get("a")).rejects.toMatchObject({ code: "runtime.stopped" });
  expect((await made).name).toBe("a");
});

test("[SVC-6] a service can be replaced: the value stays the caller's, and nothing of the old is made", async () => {
  const { log, closing } = setup();
  const real = services()
    .add("a", () => closing("real"))
    .add("b", async (earlier) => `b of ${(await earlier.get("a")).name}`);
  const own = closing("own");
  {
    await using app = real.replace("a", own).start();
    expect(await app.get("b")).toBe("b of own");
  }
  expect(log).toEqual(["made own"]);
  await using app = real.start();
  expect(await app.get("b")).toBe("b of real");
  // @ts-expect-error -- a value of another type
  real.replace("b", 5);
  // @ts-expect-error -- not a service
  expect(() => real.replace("x", 5)).toThrow(expect.objectContaining({ code: "service.not-found" }));
  // @ts-expect-error -- a name that is taken
  expect(() => real.add("a", () => 1)).toThrow(expect.objectContaining({ code: "service.conflict" }));
});
