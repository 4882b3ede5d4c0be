// In a clone the TypeScript sources are loaded directly, with nothing to build; a package has them as JavaScript.
import './streams.mjs'
import { existsSync } from 'node:fs'
import { stopEarly } from './early-stop.mjs'
import { registerLoader } from './loader.mjs'
import { restartWithAllocator } from './restart.mjs'

const built = new URL('../src/cli/main.js', import.meta.url)

/** Runs the command line of this process. */
export async function start() {
  await restartWithAllocator()
  stopEarly(process.argv[2])
  const isBuilt = existsSync(built)
  if (!isBuilt) await registerLoader()
  const { main } = isBuilt ? await import(built.href) : await import('../src/cli/main.ts')
  await main(process.argv)
}
