import { UserError } from '../../src/base/error.ts'
import type { Described, Session } from '../platform/platform.ts'
import type { Graph, GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'

type Listed = Pick<GraphInput | GraphOutput, 'name' | 'type' | 'shape'> & { readonly isStacked: boolean }

const isKept = ({ role }: GraphInput) => role === 'parameter' || role === 'state'

/**
 * Checks that a graph takes and gives what its manifest says, neither more nor less: a new value that the manifest
 * leaves out would be lost without a word in every step.
 *
 * @param stepsPerRun of its section: where there are several, all but parameters and states come one per step
 * @throws UserError ('BundleError')
 */
export function checkDescription(
  graph: Graph,
  session: Pick<Session, 'inputs' | 'outputs'>,
  stepsPerRun: number,
): void {
  const several = stepsPerRun > 1
  const inputs = graph.inputs.map((input) => ({ ...input, isStacked: several && !isKept(input) }))
  const outputs = graph.outputs.map((output) => ({
    ...output,
    isStacked: several && output.updates === undefined,
  }))
  check(graph, 'input', inputs, session.inputs)
  check(graph, 'output', outputs, session.outputs)
}

function check(
  { name: graph, file }: Graph,
  kind: string,
  listed: readonly Listed[],
  found: readonly Described[],
): void {
  const fail = (problem: string) =>
    new UserError('BundleError', `manifest.json and ${file} differ: ${problem}`, {
      help: 'Compile the program again.',
    })
  const byName = new Map(found.map((each) => [each.name, each]))
  for (const value of listed) {
    const real = byName.get(value.name)
    if (!real) throw fail(`graph '${graph}' has no ${kind} '${value.name}'`)
    if (!fits(value, real))
      throw fail(`${kind} '${value.name}' is ${shown(real)}, not ${value.type}[${value.shape.join(', ')}]`)
    byName.delete(value.name)
  }
  const [more] = byName.keys()
  if (more !== undefined)
    throw fail(`graph '${graph}' has an ${kind} '${more}' that the manifest does not list`)
}

function fits({ type, shape, isStacked }: Listed, { tensor }: Described): boolean {
  if (tensor?.type !== type) return false
  // The number of steps is open: it has a name.
  const own = isStacked && typeof tensor.shape[0] === 'string' ? tensor.shape.slice(1) : tensor.shape
  return own.length + Number(isStacked) === tensor.shape.length && own.join() === shape.join()
}

const shown = ({ tensor }: Described): string =>
  tensor ? `${tensor.type}[${tensor.shape.join(', ')}]` : 'no tensor'
