import { createHash } from 'node:crypto'
import { freeName } from '../base/free-name.ts'
import { found, zip } from '../base/lists.ts'
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
    const name = freeName(stem, (each) => taken.has(each.toLowerCase()))
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
  readonly section: Section
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** The files of all parts of a bundle, and each part as it says what they are called there. */
export function joinFiles(parts: readonly Emitted[]): {
  readonly files: Map<string, Uint8Array>
  readonly renamed: (part: Emitted) => Section
} {
  const each = parts.flatMap((part) => [...part.files].map(([file, bytes]) => ({ part, file, bytes })))
  const names = zip(each, fileNames(each.map(({ file }) => file.replace(/\.onnx$/, ''))))
  const known = new Map(parts.map((part) => [part, new Map<string, string>()]))
  for (const [{ part, file }, name] of names) found(known, part, 'a part').set(file, name)
  return {
    files: new Map(names.map(([{ bytes }, name]) => [name, bytes])),
    renamed: (part) => {
      const { section } = part
      const own = found(known, part, 'a part')
      return {
        ...section,
        graphs: section.graphs.map((graph) => ({ ...graph, file: found(own, graph.file, graph.file) })),
      }
    },
  }
}
