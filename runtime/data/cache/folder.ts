import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * What is decoded or added up once and kept for all runs: `$HEBB_CACHE`, or the user's own cache. Nothing in it is lost
 * when it is removed.
 */
export function cacheFolder(): string {
  const { HEBB_CACHE: own, XDG_CACHE_HOME: users } = process.env
  if (own !== undefined && own !== '') return resolve(own)
  return join(users !== undefined && users !== '' ? users : join(homedir(), '.cache'), 'hebb')
}
