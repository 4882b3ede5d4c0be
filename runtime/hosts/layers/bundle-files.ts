import { openBundle } from '../../../src/bundle/open-bundle.ts'
import { sha256 } from '../../../src/bundle/sha256.ts'
import { graphsOf } from '../../../src/bundle/sections.ts'
import { UserError } from '../../../src/base/error.ts'
import { getBytes, putBytes } from '../files.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { AgainOptions } from '../passing.ts'
import type { RunJob } from '../run-job.ts'
import type { ObjectStore } from '@nats-io/obj'

/** A bundle on the server: each of its files by its hash. */
export type BundleOnServer = RunJob['bundle']

const MANIFEST = 'manifest.json'

export async function putBundle(
  store: ObjectStore,
  { manifest, text, identity, graph }: Bundle,
  again: AgainOptions = {},
): Promise<BundleOnServer> {
  const files = [{ path: MANIFEST, ...(await putBytes(store, text, again)) }]
  const graphs = new Map(graphsOf(manifest).map((each) => [each.file, each]))
  for (const [path, each] of graphs) files.push({ path, ...(await putBytes(store, graph(each), again)) })
  return { identity, files }
}

/**
 * The bundle of a job, in memory, checked as one that lies in a folder.
 *
 * @throws UserError ('BundleError') where it is none, or not the one that is named
 */
export async function getBundle(
  store: ObjectStore,
  { identity, files }: BundleOnServer,
  again: AgainOptions = {},
): Promise<Bundle> {
  const bytes = new Map<string, Uint8Array>()
  for (const { path, ...stored } of files) bytes.set(path, await getBytes(store, stored, again))
  const placeOf = (file: string): string => `${file} of the bundle on the server`
  const read = (file: string): Uint8Array => {
    const found = bytes.get(file)
    if (found) return found
    throw new UserError('BundleError', `${placeOf(file)} is missing`, { help: 'Begin the training again.' })
  }
  const bundle = openBundle({ placeOf, text: read(MANIFEST), read: ({ file }) => read(file), sha256 })
  if (bundle.identity === identity) return bundle
  throw new UserError('BundleError', 'the bundle on the server is not the one that its record names', {
    help: 'Begin the training again.',
  })
}
