import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "tools/**/*.test.ts"],
    exclude: ["**/*.deep.test.ts", "**/node_modules/**"],
    testTimeout: 30_000,
    reporters: ["default", "./tools/closing-line.ts"],
  },
});
