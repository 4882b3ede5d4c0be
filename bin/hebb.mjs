#!/usr/bin/env node
// Loads the TypeScript sources directly: nothing to build in a clone, and user programs load the same way.
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { loadNow, resolveNow } from './resolve-hebb.mjs'
import { restartWithAllocator } from './restart.mjs'

await restartWithAllocator()

const tsx = await import('tsx/esm/api').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error(
    `hebb: its dependencies are missing; run npm ci in ${fileURLToPath(new URL('..', import.meta.url))}`,
  )
  process.exit(1)
})
tsx.register() // also turns source maps on, so that errors name the user's own lines
if (module.registerHooks) module.registerHooks({ resolve: resolveNow, load: loadNow })
else module.register('./resolve-hebb.mjs', import.meta.url)
const { main } = await import('../src/cli/main.ts')
await main(process.argv)
