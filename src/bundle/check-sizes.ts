import { here } from '#here'
import { UserError } from '../base/error.ts'
import { at } from '../base/lists.ts'
import { bytesOfShape } from '../base/type.ts'
import { namesOf, runsOf, stepsInRun } from './shard-names.ts'
import type { Section } from './schema/section.ts'

type Sized = Pick<Section['parameters'][number], 'type' | 'shape'>
const bytesOf = ({ type, shape }: Sized): number => bytesOfShape(type, shape)
const sum = (list: readonly Sized[]): number => list.reduce((bytes, each) => bytes + bytesOf(each), 0)

/** Bytes of what a run of a section keeps, is given, and gives. */
export function bytesOfRun(section: Section): number {
  const { parameters, states, draws, graphs, schedule, stepsPerRun } = section
  // New values of what is kept take its place.
  const results = graphs.map((graph) =>
    graph.outputs
      .filter(({ updates }) => updates === undefined)
      .flatMap((output) => namesOf(output, runsOf(graph, section)).map((name) => ({ ...output, name }))),
  )
  const made = new Map(results.flat().map((each) => [each.name, bytesOf(each)]))
  const given = graphs
    .flatMap((graph) => graph.inputs)
    .filter(
      ({ role, shard, ...each }) =>
        role !== 'parameter' && role !== 'state' && !shard && made.get(each.name) !== bytesOf(each),
    )
  const byGraph = new Map(graphs.map(({ name }, i) => [name, at(results, i)]))
  const [ofSteps, ofRuns] = [sum(draws) + sum(given), mostAtOnce(byGraph, schedule)]
  return sum([...parameters, ...states]) + stepsPerRun * ofSteps + stepsInRun(section) * ofRuns
}

/** Of what graphs give, one after another, where each result is there until it is dropped. */
function mostAtOnce(
  results: ReadonlyMap<string, Section['graphs'][number]['outputs']>,
  schedule: Section['schedule'],
): number {
  const there = new Map<string, number>()
  let [bytes, most] = [0, 0]
  const forget = (name: string): void => {
    const old = there.get(name)
    if (old === undefined) return
    bytes -= old
    there.delete(name)
  }
  for (const { graph, drop } of schedule) {
    for (const result of results.get(graph) ?? []) {
      forget(result.name)
      bytes += bytesOf(result)
      there.set(result.name, bytesOf(result))
    }
    most = Math.max(most, bytes)
    drop.forEach(forget)
  }
  return most
}

/**
 * Refuses sizes that no run could keep here, before anything of them is allocated.
 *
 * @throws UserError ('BundleError') that tells the bytes of `what`
 */
export function requireRoom(section: Section, what: string, otherwise = ''): void {
  const [bytes, most] = [bytesOfRun(section), here.memory()]
  if (bytes <= most) return
  const told = Number.isFinite(bytes) ? bytes : 'more than 2 ** 53'
  throw new UserError('BundleError', `${what} takes ${told} bytes, and this machine has ${most} of memory`, {
    help: `Use a smaller program, or a larger machine${otherwise}.`,
  })
}

/** Multiplications that take a core some minutes: orthogonal values are made one vector after the other. */
const MOST_TO_START = 2 ** 37

/** Refuses starting values that would take a machine hours to make, before anything of them is made. */
function requireStart({ parameters }: Section, what: string): void {
  const work = parameters.reduce((sum, parameter) => sum + workToStart(parameter), 0)
  if (work <= MOST_TO_START) return
  throw new UserError(
    'BundleError',
    `${what} has orthogonal starting values that take ${work} multiplications`,
    {
      help: `No more than ${MOST_TO_START} are done. Give large parameters another start, such as normal values.`,
    },
  )
}

/** Each vector is made orthogonal to all before it, twice. */
function workToStart({ init, shape }: Section['parameters'][number]): number {
  if (init.kind !== 'orthogonal') return 0
  const [rows, ...others] = shape
  if (rows === undefined) return 0
  const columns = others.reduce((product, size) => product * size, 1)
  return 2 * Math.min(rows, columns) ** 2 * Math.max(rows, columns)
}

/** As `requireRoom`, of every section of a bundle; `place` is the file that says so, or the program. */
export function checkSizes(
  sections: readonly { name: string; section: Section }[],
  place: string,
  otherwise?: string,
): void {
  for (const { name, section } of sections) {
    const what = `${place}: section ${name}`
    requireRoom(section, what, otherwise)
    requireStart(section, what)
  }
}
