import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { UserError } from '../../../src/base/error.ts'
import { shown } from '../../../src/base/file-error.ts'

/**
 * What is decoded or added up once and kept for all runs: `$HEBB_CACHE`, or the user's own cache. Nothing in it is lost
 * when it is removed.
 *
 * @throws UserError ('FileError') where the user has no home, as in a container that knows no name for them
 */
export function cacheFolder(): string {
  const { HEBB_CACHE: own, XDG_CACHE_HOME: users } = process.env
  if (own !== undefined && own !== '') return resolve(own)
  return join(users !== undefined && users !== '' ? users : join(home(), '.cache'), 'hebb')
}

/**
 * Does what needs the cache; of an error below it, says how to name another one. What is read to fill it is the user's own.
 */
export async function orCacheError<Result>(body: () => Promise<Result>): Promise<Result> {
  const folder = cacheFolder()
  try {
    return await body()
  } catch (error) {
    if (
      error instanceof UserError &&
      error.name === 'FileError' &&
      error.message.includes(shown(folder, 4096))
    )
      error.note(`That is in the cache. Another folder for it is named in the environment: ${example}`)
    throw error
  }
}

const example = 'HEBB_CACHE=/scratch/hebb-cache'

function home(): string {
  const found = homeOfUser()
  // An empty $HOME would be the working folder.
  if (found !== undefined && isAbsolute(found)) return found
  throw new UserError(
    'FileError',
    'there is no place for what is kept for all runs: this user has no home folder',
    {
      help: `Name a folder for it in the environment: ${example}`,
    },
  )
}

function homeOfUser(): string | undefined {
  try {
    return homedir()
  } catch {
    return undefined
  }
}
