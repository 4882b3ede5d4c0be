import { UserError } from '../base/error.ts'
import { counted } from '../base/lists.ts'
import { elements } from '../base/type.ts'
import { problemOfRoles } from './check-roles.ts'
import { problemOfShards } from './check-shards.ts'
import { namesOf, runsOf } from './shard-names.ts'
import type { GraphInput } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/**
 * Checks that a section can run: every graph of the schedule exists, every input is declared or produced
 * before it is read, with one type and shape, every update has a parameter or state that it replaces, and where a
 * section learns, all that it is to change is changed once.
 *
 * @throws UserError ('BundleError').
 */
export function checkSections(
  sections: readonly { name: string; section: Section; learns: boolean }[],
  path: string,
): void {
  // Graphs that only read the encoder take its parameters from the training section.
  const shared = byName(sections.find(({ name }) => name === 'train')?.section.parameters ?? [])
  for (const { name, section, learns } of sections) {
    checkSection(name, section, shared, path)
    if (learns) checkUpdates(name, section, path)
  }
}

const failure = (section: string, path: string) => (problem: string) =>
  new UserError('BundleError', `${path}: in section ${section}, ${problem}`, {
    help: 'Compile the program again.',
  })

/** A value that nobody replaces would stay as it is, and nothing else would tell. */
function checkUpdates(name: string, { parameters, states, schedule, graphs }: Section, path: string): void {
  const fail = failure(name, path)
  const byGraph = new Map(
    graphs.map((graph) => [graph.name, graph.outputs.flatMap(({ updates }) => updates ?? [])]),
  )
  const updated = new Map<string, number>()
  for (const name of schedule.flatMap(({ graph }) => byGraph.get(graph) ?? []))
    updated.set(name, counted(updated, name) + 1)
  for (const { name, constant = false } of [...parameters, ...states]) {
    const times = counted(updated, name)
    if (times === (constant ? 0 : 1)) continue
    throw fail(
      constant
        ? `'${name}' is constant, and is updated`
        : `'${name}' is updated ${times} times in a step, not once`,
    )
  }
}

type Declared = Readonly<{ name: string; type: string; shape: readonly number[] }>
type ByName = ReadonlyMap<string, Declared>
const byName = (list: readonly Declared[]): ByName => new Map(list.map((each) => [each.name, each]))

function checkSection(name: string, section: Section, shared: ByName, path: string): void {
  const fail = failure(name, path)
  const problem = problemOfShards(section) ?? problemOfRoles(section)
  if (problem !== undefined) throw fail(problem)
  const own = byName(section.parameters)
  const activity = new Map<string, Declared>()
  const declared = {
    // There are many sections, and as many as that of what they share: it is looked at where it lies.
    parameter: { get: (each: string) => own.get(each) ?? shared.get(each) },
    state: byName(section.states),
    draw: byName(section.draws),
    activity,
  }
  const expect = (
    input: Declared & Pick<GraphInput, 'role' | 'block' | 'shard'>,
    graph: string,
    runs: number,
  ) => {
    if (!(input.role in declared)) return
    for (const name of namesOf(input, runs)) {
      const known = declared[input.role as keyof typeof declared].get(name)
      if (!known) throw fail(`graph '${graph}' reads ${input.role} '${name}', which nobody provides`)
      const fits = input.block
        ? elements(known.shape) === runs * elements(input.shape)
        : known.shape.join() === input.shape.join()
      if (known.type !== input.type || !fits)
        throw fail(
          `'${name}' is ${known.type}[${known.shape.join(', ')}], but '${graph}' reads ${input.type}[${input.shape.join(', ')}]`,
        )
    }
  }
  for (const { name: state, start } of section.states)
    if (start?.kind === 'copy' && !declared.parameter.get(start.of))
      throw fail(`state '${state}' starts as a copy of '${start.of}', which does not exist`)
  const scheduled = new Set<string>()
  for (const { graph } of section.schedule) {
    if (scheduled.has(graph)) throw fail(`the schedule runs graph '${graph}' twice`)
    scheduled.add(graph)
  }
  for (const graph of section.graphs)
    if (!scheduled.has(graph.name)) throw fail(`graph '${graph.name}' is never run`)
  const byGraph = new Map(section.graphs.toReversed().map((graph) => [graph.name, graph]))
  for (const { graph: wanted, drop } of section.schedule) {
    const graph = byGraph.get(wanted)
    if (!graph) throw fail(`the schedule names graph '${wanted}', which does not exist`)
    const runs = runsOf(graph, section)
    for (const input of graph.inputs) expect(input, wanted, runs)
    for (const output of graph.outputs) {
      if (output.role === 'activity') for (const name of namesOf(output, runs)) activity.set(name, output)
      if (output.updates === undefined) continue
      const target = declared.parameter.get(output.updates) ?? declared.state.get(output.updates)
      if (!target) throw fail(`'${wanted}' updates '${output.updates}', which does not exist`)
      // A new value may come in another shape: the same numbers in the same order.
      if (
        target.type !== output.type ||
        elements(target.shape) !== (output.block ? runs : 1) * elements(output.shape)
      )
        throw fail(`'${wanted}' updates '${output.updates}' with another size or type`)
    }
    for (const name of drop)
      if (!activity.delete(name)) throw fail(`the schedule drops '${name}', which is not there`)
  }
}
