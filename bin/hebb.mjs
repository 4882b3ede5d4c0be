#!/usr/bin/env node
// Loads the TypeScript sources directly: nothing to build in a clone, and user programs load the same way.
import { register as registerHooks } from 'node:module'
import { register } from 'tsx/esm/api'

register()
registerHooks('./resolve-hebb.mjs', import.meta.url)
const { main } = await import('../src/cli/main.ts')
await main(process.argv)
