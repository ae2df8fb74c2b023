// The proofs that take minutes: `npm run test:deep`. Everything else is in vitest.config.ts.
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["**/*.deep.test.ts"],
    exclude: ["**/node_modules/**"],
    testTimeout: 1_800_000,
    reporters: ["default"],
  },
});
