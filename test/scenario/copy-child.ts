// A copy in a process of its own, to be killed at any moment. Says how far it has come, one line per part.
import { copyStorage } from "../../src/copy/copy-storage.ts";
import { storageOf } from "../../src/cli/open-storage.ts";

const [from = "", to = ""] = process.argv.slice(2);
const source = await storageOf(from);
await source.open();
const target = await storageOf(to);
await target.open();
const report = await copyStorage(source, target, {
  onProgress: ({ rows }) => process.stdout.write(`${rows}\n`),
});
process.stdout.write(`done ${report.rows} ${report.before}\n`);
await source.close();
await target.close();
