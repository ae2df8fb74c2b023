// The handle on a node that is a process of its own: starting it, killing it, and hearing what it was promised.
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("node-process.ts", import.meta.url));
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

export interface ChaosNodeOptions {
  readonly address: string;
  readonly name: string;
  readonly seed: string;
  /** How wrong the clock of its machine is. */
  readonly offMs?: number;
}

export class ChaosNode {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #said = "";
  #faults = "";
  #isEnded = false;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.stdout?.on("data", (data: Buffer) => void (this.#said += String(data)));
    child.stderr?.on("data", (data: Buffer) => void (this.#faults += String(data)));
    this.#exited = new Promise((resolve) =>
      child.once("close", () => {
        this.#isEnded = true;
        resolve();
      }),
    );
  }

  /** Resolves when it works. */
  static async start({ address, name, seed, offMs = 0 }: ChaosNodeOptions): Promise<ChaosNode> {
    const child = fork(script, [address, name, seed, String(offMs)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      silent: true,
    });
    const node = new ChaosNode(name, child);
    while (!node.#said.includes("ready\n")) {
      if (node.#isEnded) throw new Error(`node ${name} ended by itself: ${node.#faults}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return node;
  }

  /** The runs it was promised; a line that was cut by a kill was not said. */
  get promised(): string[] {
    return this.#said
      .split("\n")
      .slice(0, -1)
      .filter((line) => line !== "ready");
  }

  /** What it wrote to its error output, and whether it ended though nobody ended it. */
  get complaint(): string {
    return this.#faults;
  }

  get hasEnded(): boolean {
    return this.#isEnded;
  }

  tell(message: string): void {
    this.#child.send(message);
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.tell("stop");
    await this.#exited;
  }
}
