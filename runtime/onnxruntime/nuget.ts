import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UserError } from '../../src/base/error.ts'

const PACKAGE = 'Microsoft.ML.OnnxRuntime.Gpu.Linux'

/**
 * Fetches the NuGet package of the CUDA provider.
 *
 * @param folder where it is put
 * @param signal ends it
 * @returns its path
 * @throws UserError ('InstallError') where NuGet cannot be reached or has no such version
 */
export async function fetchProvider(version: string, folder: string, signal: AbortSignal): Promise<string> {
  const id = PACKAGE.toLowerCase()
  const url = `https://api.nuget.org/v3-flatcontainer/${id}/${version}/${id}.${version}.nupkg`
  const path = join(folder, 'provider.nupkg')
  try {
    const response = await fetch(url, { signal })
    if (!response.ok || response.body === null)
      throw new Error(`${response.status} ${response.statusText}`.trim())
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path))
    return path
  } catch (error) {
    throw new UserError('InstallError', `${url} could not be fetched: ${reason(error)}`, {
      help: 'Fetch it on another machine, then here: npx hebb install-cuda FILE.nupkg',
    })
  }
}

/** `fetch` itself only says that it failed. */
const reason = (error: unknown): string => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
