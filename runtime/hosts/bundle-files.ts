import { graphsOf } from '../../src/bundle/sections.ts'
import { putBytes, type FileStore } from './files.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { AgainOptions } from './passing.ts'
import type { RunJob } from './run-job.ts'

/** A bundle on the server: each of its files by its hash. */
export type BundleOnServer = RunJob['bundle']

const MANIFEST = 'manifest.json'

export async function putBundle(
  store: FileStore,
  { manifest, text, identity, graph }: Bundle,
  again: AgainOptions = {},
): Promise<BundleOnServer> {
  const files = [{ path: MANIFEST, ...(await putBytes(store, text, again)) }]
  const graphs = new Map(graphsOf(manifest).map((each) => [each.file, each]))
  for (const [path, each] of graphs) files.push({ path, ...(await putBytes(store, graph(each), again)) })
  return { identity, files }
}
