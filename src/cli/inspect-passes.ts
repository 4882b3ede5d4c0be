import { UserError } from '../base/error.ts'
import { countNodes } from '../ir/walk.ts'
import { printGraph } from '../ir/print.ts'
import { didYouMean } from '../base/near-names.ts'
import { sectionsOf } from '../bundle/sections.ts'
import { passNames, shardPassNames } from '../passes/pass-names.ts'
import { SHARDED } from '../sections/steps.ts'
import { compileFile, type CompileFlags } from './compile.ts'
import { table } from './table.ts'
import type { AfterPass } from '../passes/request.ts'

/** What the compiler's passes make of a program's graphs. */

/**
 * Of each graph of the bundle what each pass left, in order; of one that is made again the last. Graphs that were
 * weighed and not chosen are left out. With shards it is their step alone: first as one graph, then by stages.
 */
export async function observed(path: string, flags: CompileFlags): Promise<readonly AfterPass[]> {
  const found = new Map<string, AfterPass>()
  const { manifest } = await compileFile(path, {
    ...flags,
    observe: (told) => found.set(key(told.section, told.graph, told.pass), told),
  })
  const all = [...found.values()]
  if (flags.shards !== undefined) return all.filter(({ section }) => section === SHARDED)
  const made = new Set(
    sectionsOf(manifest).flatMap(({ name, section }) => section.graphs.map((graph) => key(name, graph.name))),
  )
  return all.filter(({ section, graph }) => made.has(key(section, graph)))
}

/** Names may hold anything. */
const key = (...names: readonly string[]): string => JSON.stringify(names)

const graphsOf = ({ source, updates }: AfterPass) => [source, ...updates]

/**
 * Of graphs of one name, as a layer that is called `encode` has, the one that trains; of what was taken out of a graph, that
 * graph. @throws UserError where none has it.
 */
function ofGraph(all: readonly AfterPass[], name: string): readonly AfterPass[] {
  const isPartOf = (told: AfterPass) => graphsOf(told).some((source) => source.name === name)
  const first = all.find(({ graph }) => graph === name) ?? all.find(isPartOf)
  if (first) return all.filter(({ section, graph }) => section === first.section && graph === first.graph)
  const names = [...new Set(all.flatMap((told) => [told.graph, ...graphsOf(told).map(({ name }) => name)]))]
  throw new UserError('ProgramError', `no graph '${name}' is made`, { help: didYouMean(name, names) })
}

/** The passes in order, with the nodes that all graphs have after each, or one graph has, and the time that it took. */
export function passTable(all: readonly AfterPass[], graph: string | undefined): string {
  const mine = graph === undefined ? all : ofGraph(all, graph)
  const names = mine.some(({ section }) => section === SHARDED) ? shardPassNames : passNames
  const rows = names.flatMap((pass) => {
    const after = mine.filter((each) => each.pass === pass)
    if (after.length === 0) return []
    const graphs = after.flatMap(graphsOf)
    const nodes = graphs.reduce((sum, source) => sum + countNodes(source), 0)
    const time = after.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    return [[pass, String(graphs.length), String(nodes), time.toFixed(1)]]
  })
  return table(['after', 'graphs', 'nodes', 'ms'], rows, 'lrrr')
}

/**
 * A graph, and those that were taken out of it, as a pass left them.
 *
 * @throws UserError where there is no such graph, or no such pass for it.
 */
export function afterPass(all: readonly AfterPass[], graph: string, pass: string): string {
  const mine = ofGraph(all, graph)
  const after = mine.find((each) => each.pass === pass)
  if (!after)
    throw new UserError('ProgramError', `no pass '${pass}' works on '${graph}'`, {
      help: didYouMean(
        pass,
        mine.map((each) => each.pass),
      ),
    })
  return graphsOf(after)
    .map((source) => `${source.name}:\n${printGraph(source)}`)
    .join('\n\n')
}
