import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

const here = (path: string): string => new URL(path, import.meta.url).pathname

export default defineConfig({
  test: {
    // All tests of the project are in test/; those beside a user's rules, here or below another --root, run, too.
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'runs', 'data', 'graphs'],
    // onnxruntime holds native threads; child processes end cleanly where worker threads may not.
    pool: 'forks',
    // One file a core; vitest would leave one core out.
    maxWorkers: availableParallelism(),
    // What the compiler's passes leave is verified in all tests.
    env: { HEBB_VERIFY: '1' },
    globalSetup: [here('./test/support/built.ts')],
    setupFiles: [here('./test/support/own-cache.ts')],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
  resolve: {
    // The public names of package.json, for tests outside of this package, too.
    alias: [
      { find: /^hebb$/, replacement: here('./src/index.ts') },
      { find: /^hebb\/(rules|runtime|testing)$/, replacement: here('./$1/index.ts') },
      { find: /^hebb\/rules\/(.+)$/, replacement: here('./rules/$1.ts') },
    ],
  },
})
