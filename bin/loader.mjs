// What loads TypeScript: programs of users, and in a clone our own sources, which in a package are JavaScript.
import module from 'node:module'
import { loadNow, resolveNow } from './resolve-hebb.mjs'

let registered = false

/** From now on, this thread imports TypeScript, and what it imports finds this very copy of hebb. */
export async function registerLoader() {
  if (registered) return
  registered = true
  // It would keep what it has translated in the temporary folder, and trust what it finds there, whoever put it there, for a
  // start that is a fifth of a second faster. Our tests have a folder of their own.
  if (process.env.HEBB_TRUSTS_TEMPORARY_FOLDER === undefined) process.env.TSX_DISABLE_CACHE = '1'
  const tsx = await import('tsx/esm/api')
  tsx.register() // also turns source maps on, so that errors name the user's own lines
  if (module.registerHooks) module.registerHooks({ resolve: resolveNow, load: loadNow })
  else module.register('./resolve-hebb.mjs', import.meta.url)
}
