import { isFloat, type DType } from '../base/dtype.ts'
import { UserError } from '../base/error.ts'
import { scalarsOf } from './scalars.ts'
import { namesOfScaling } from './scaling-names.ts'
import { sectionsOf } from './sections.ts'
import type { Manifest } from './manifest.ts'
import type { GraphOutput } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/** A name that files of weights keep for themselves. */
const RESERVED = '__metadata__'

/**
 * Checks what a schema cannot say and whoever uses a part of a bundle takes for granted: values that are there, of the
 * type and the number of axes that they are read as.
 *
 * @throws UserError ('BundleError')
 */
export function checkParts(manifest: Manifest, path: string): void {
  const fail = (problem: string) =>
    new UserError('BundleError', `${path}: ${problem}`, { help: 'Compile the program again.' })
  const requireRows = (output: GraphOutput | undefined, what: string): void => {
    if (output?.type !== 'float32' || output.shape.length !== 2)
      throw fail(`${what} is no output of rows of float32`)
  }
  for (const { name, section } of sectionsOf(manifest)) {
    const problem = problemOf(section)
    if (problem !== undefined) throw fail(`in section ${name}, ${problem}`)
  }
  const { encode, logits, probes, program } = manifest
  const encoded = new Map(outputsOf(encode).map((output) => [output.name, output]))
  for (const { name, features, train, classify, products } of probes) {
    for (const each of features) requireRows(encoded.get(each), `'${each}', which probe ${name} reads,`)
    requireRows(outputsOf(classify).find(byName('logits')), `'logits' of probe ${name}`)
    if (products) requireRows(outputsOf(products).find(byName('products')), `'products' of probe ${name}`)
    if (!train.rate) throw fail(`probe ${name} has no learning rate`)
  }
  // Programs in float64 are for proofs, and not evaluated.
  if (logits && program.dtype === 'float32')
    for (const output of outputsOf(logits)) requireRows(output, `'${output.name}' of section logits`)
}

const outputsOf = ({ graphs }: Section): readonly GraphOutput[] => graphs.flatMap(({ outputs }) => outputs)
const byName =
  (wanted: string) =>
  ({ name }: { readonly name: string }): boolean =>
    name === wanted

function problemOf({ parameters, states, draws, graphs, scaling }: Section): string | undefined {
  const names = new Set<string>([RESERVED])
  for (const { name } of [...parameters, ...states]) {
    if (names.has(name))
      return `a value is called '${name}', as another one is, or what files keep for themselves`
    names.add(name)
  }
  const numbers = new Map(states.map((state) => [state.name, state]))
  for (const block of scaling?.blocks ?? [])
    for (const name of namesOfScaling(block)) {
      const state = numbers.get(name)
      if (
        state?.type !== 'float32' ||
        state.shape.length > 0 ||
        (state.constant === true) !== (name === block.scale)
      )
        return `'${name}', which losses are scaled by, is no such number among the states`
    }
  for (const draw of draws) {
    if (draw.kind !== 'negatives') continue
    const [, rows] = draw.shape
    if (draw.shape.length !== 2 || rows === undefined || rows % draw.images !== 0)
      return `draw '${draw.name}' is not [count, views × ${draw.images}]`
  }
  for (const { name, outputs } of graphs)
    for (const { role, type, shape, holds } of outputs)
      if (
        (holds !== undefined || role === 'scalars') &&
        (role !== 'scalars' || !isListed(type, shape, holds))
      )
        return `graph '${name}' does not give one number for each that it lists`
  const scalars = new Set<string>()
  for (const { name } of scalarsOf(graphs)) {
    if (scalars.has(name)) return `two numbers that are shown are called '${name}'`
    scalars.add(name)
  }
  for (const { name, blocks, inputs, outputs } of graphs) {
    if (blocks === undefined) continue
    if (outputs.length === 0 || outputs.some(({ block, updates }) => block !== true || updates === undefined))
      return `graph '${name}' is run in blocks, and gives something else than blocks of new values`
    if (inputs.some(({ block, type }) => block === true && type !== 'float32' && type !== 'float64'))
      return `graph '${name}' reads blocks of something else than floating-point numbers`
  }
  return undefined
}

/** Whether there is a number for each name, and they are such as losses are. */
const isListed = (type: DType, shape: readonly number[], holds: GraphOutput['holds'] = []): boolean =>
  isFloat(type) && shape.length === 1 && shape[0] === holds.length
