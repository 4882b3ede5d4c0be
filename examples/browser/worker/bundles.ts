import { z } from 'zod'
import { sha256 } from '@noble/hashes/sha2.js'
import {
  graphsOf,
  openBundle,
  parseManifest,
  type AlignmentOptions,
  type Bundle,
} from '../../../runtime/core.ts'
import { found } from '../../../src/base/lists.ts'
import { section } from '../../../src/bundle/schema/section.ts'
import { ALIGNMENT, type RuleName } from '../rules.ts'
import { fetched } from './fetched.ts'
import type { Graph } from '../../../src/bundle/schema/graph.ts'

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

async function graphsIn(folder: string, graphs: readonly Graph[]): Promise<(graph: Graph) => Uint8Array> {
  const files = await Promise.all(
    graphs.map(async ({ file }) => [file, await fetched(`${folder}/${file}`)] as const),
  )
  const byName = new Map(files)
  return ({ file }) => found(byName, file, file)
}

/** The bundle of a rule, checked as one that Node.js opens. */
export async function fetchBundle(rule: RuleName): Promise<Bundle> {
  const folder = `bundles/${encodeURIComponent(rule)}`
  const placeOf = (file: string): string => `${folder}/${file}`
  const text = await fetched(placeOf('manifest.json'))
  const read = await graphsIn(folder, graphsOf(parseManifest(text, placeOf('manifest.json'))))
  return openBundle({ placeOf, text, read, sha256: (bytes) => hexadecimal(sha256(bytes)) })
}

/** As the build writes what `compileAlignment` makes. */
const schema = z.object({
  alignment: section,
  augment: section,
  sides: z.array(
    z.object({ layer: z.string(), byConstruction: z.boolean(), notes: z.array(z.string()) }).readonly(),
  ),
})

/** What measures a rule's updates against backpropagation's. */
export async function fetchAlignment(
  rule: RuleName,
  { manifest: { program } }: Bundle,
): Promise<AlignmentOptions['bundle']> {
  const folder = `bundles/${encodeURIComponent(rule)}/${ALIGNMENT}`
  const text = new TextDecoder().decode(await fetched(`${folder}/manifest.json`))
  const sections = schema.parse(JSON.parse(text))
  const { alignment, augment } = sections
  return {
    manifest: { ...sections, program },
    graph: await graphsIn(folder, [...alignment.graphs, ...augment.graphs]),
  }
}
