import { UserError } from '../../src/base/error.ts'
import type { InferenceSession } from './onnxruntime.ts'
import type { Graph, GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'

type Metadata = readonly InferenceSession.ValueMetadata[]
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
  { inputMetadata, outputMetadata }: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  stepsPerRun: number,
): void {
  const several = stepsPerRun > 1
  const inputs = graph.inputs.map((input) => ({ ...input, isStacked: several && !isKept(input) }))
  const outputs = graph.outputs.map((output) => ({
    ...output,
    isStacked: several && output.updates === undefined,
  }))
  check(graph, 'input', inputs, inputMetadata)
  check(graph, 'output', outputs, outputMetadata)
}

function check({ name: graph, file }: Graph, kind: string, listed: readonly Listed[], found: Metadata): void {
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

function fits({ type, shape, isStacked }: Listed, real: InferenceSession.ValueMetadata): boolean {
  if (!real.isTensor || real.type !== type) return false
  // The number of steps is open: it has a name.
  const own = isStacked && typeof real.shape[0] === 'string' ? real.shape.slice(1) : real.shape
  return own.length + Number(isStacked) === real.shape.length && own.join() === shape.join()
}

const shown = (real: InferenceSession.ValueMetadata): string =>
  real.isTensor ? `${real.type}[${real.shape.join(', ')}]` : 'no tensor'
