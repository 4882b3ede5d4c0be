import { createHash } from 'node:crypto'
import type { Graph } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/** Names of the files of a bundle: any name of a layer or a rule makes one, on any system. */

const LONGEST = 120

/** What Windows keeps for devices, with any ending. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/**
 * A name for the file of each graph, after the graph: letters and digits of ASCII, no device, not too long, and no
 * two that some systems take for one.
 */
export function fileNames(graphs: readonly string[]): string[] {
  const taken = new Set<string>()
  return graphs.map((graph) => {
    const stem = short(graph.replace(/[^\w.-]/g, '_').replace(devices, '_$1'), graph)
    let name = stem
    for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${stem}_${count}`
    taken.add(name.toLowerCase())
    return `${name}.onnx`
  })
}

const short = (stem: string, graph: string): string =>
  stem.length <= LONGEST
    ? stem
    : `${stem.slice(0, LONGEST - 17)}-${createHash('sha256').update(graph).digest('hex').slice(0, 16)}`

/** Graphs that were emitted together, whose files have names that are their own. */
interface Emitted {
  readonly files: Iterable<readonly [string, Uint8Array]>
}

/** The files of all parts of a bundle, and what the graphs of a part are called there. */
export function joinFiles<Part extends Emitted>(
  parts: readonly Part[],
): { readonly files: Map<string, Uint8Array>; readonly renamed: (part: Part, section: Section) => Section } {
  const each = parts.flatMap((part) => [...part.files].map(([name, bytes]) => ({ part, name, bytes })))
  const names = fileNames(each.map(({ name }) => name.replace(/\.onnx$/, '')))
  const files = new Map(each.map(({ bytes }, i) => [names[i] ?? '', bytes]))
  const known = new Map(parts.map((part) => [part, new Map<string, string>()]))
  each.forEach(({ part, name }, i) => known.get(part)?.set(name, names[i] ?? name))
  const nameOf = (part: Part, { file, name }: Graph): string => {
    const found = known.get(part)?.get(file)
    if (found === undefined) throw new Error(`graph '${name}' has no file`)
    return found
  }
  return {
    files,
    renamed: (part, section) => ({
      ...section,
      graphs: section.graphs.map((graph) => ({ ...graph, file: nameOf(part, graph) })),
    }),
  }
}
