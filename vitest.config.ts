import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'

const here = (path: string): string => new URL(path, import.meta.url).pathname

/** Tests that put modules of their own in place of others, or guard their process as commands do: neither may stay. */
const changing = readdirSync(here('./test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file))
  .filter((file) =>
    /vi\.(mock|doMock|resetModules)\(|src\/cli\/(main|with-program|failure|interrupt)\.ts|briefly\.ts/.test(
      readFileSync(here(`./${file}`), 'utf8'),
    ),
  )

// All tests of the project are in test/; those beside a user's rules, here or below another --root, run, too.
const include = ['**/*.test.ts']
const exclude = [...configDefaults.exclude, 'runs', 'data', 'graphs']

export default defineConfig({
  test: {
    // onnxruntime holds native threads; child processes end cleanly where worker threads may not.
    pool: 'forks',
    // One file a core, and one for those that wait for what they have started; vitest would leave one core out.
    maxWorkers: availableParallelism() + 1,
    // What the compiler's passes leave is verified in all tests.
    env: { HEBB_VERIFY: '1' },
    globalSetup: [here('./test/support/built.ts')],
    setupFiles: ['own-cache', 'threads-of-package', 'nobody-left'].map((name) =>
      here(`./test/support/${name}.ts`),
    ),
    // Of what hangs: a machine that others use may take many times as long as it takes alone.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    // The compiler is loaded once a worker, not once a file: a third of the time of its tests.
    projects: [
      {
        extends: true,
        test: { name: 'together', include, exclude: [...exclude, ...changing], isolate: false },
      },
      { extends: true, test: { name: 'apart', include: changing, exclude } },
    ],
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
