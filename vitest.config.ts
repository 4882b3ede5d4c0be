import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // onnxruntime holds native threads; child processes end cleanly where worker threads may not.
    pool: 'forks',
    testTimeout: 60_000,
  },
  resolve: {
    alias: [
      { find: /^hebb$/, replacement: new URL('./src/index.ts', import.meta.url).pathname },
      { find: /^hebb\/rules$/, replacement: new URL('./rules/index.ts', import.meta.url).pathname },
    ],
  },
})
