import { describe, expect, test } from 'vitest'
import { compileAlignment } from '../../src/compile-gradients.ts'
import { randomResizedCrop } from '../../src/index.ts'
import { measureAlignment } from '../../runtime/align/measure.ts'
import { trainProjections } from '../../runtime/align/train-projections.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { tinyProgram } from '../support/programs.ts'
import { randomImages } from '../support/random-images.ts'
import { giveCredit, ruleCases, type RuleCase } from '../support/rule-cases.ts'

/** Every rule of `rules/` is compared with backpropagation of its loss, or told why it cannot be. */

const dataset = randomImages(24, 2, 8)
const SEED = 4
/** Updates that follow no loss, or show one that teaches nothing. */
const incomparable = new Set(['clappThreeFactor', 'oja', 'softHebb'])

const compile = ({ rule, views, credits: [credit = 'local'], encoder }: RuleCase) => {
  const program = tinyProgram({ learn: giveCredit[credit](rule), views, encoder: encoder() })
  // Views must differ: where they agree already, some losses have nothing to teach.
  return compileAlignment({ ...program, augment: [randomResizedCrop()] }, { projectionRate: 1e-3 })
}

describe.each(ruleCases.filter(({ exported }) => !incomparable.has(exported)))('$name', (ruleCase) => {
  test('is measured, its top layer following the loss itself, and its projections can be trained', async () => {
    const bundle = compile(ruleCase)
    const { alignment, projections: section } = bundle.manifest
    const values = new Map([
      ...initialValues(alignment, SEED),
      ...(section ? initialValues(section, SEED) : []),
    ])
    const found = await measureAlignment({ bundle, values, dataset, seed: SEED, batches: 2 })
    const top = found?.layers.at(-1)
    // A slow copy of a layer is no slow copy of the encoder; feedback alignment says itself what moves.
    const isAlike = !['byol', 'feedbackAlignment', 'weightTransport'].includes(ruleCase.exported)
    expect(found?.layers.map(({ byConstruction }) => byConstruction)).toEqual([false, false, isAlike])
    expect(top?.notes.length).toBe(isAlike ? 0 : 1)
    for (const cosine of top?.cosine.values ?? [NaN]) expect(cosine).toBeCloseTo(1, 12)
    for (const ratio of top?.ratio.values ?? [NaN]) expect(ratio).toBeCloseTo(1, 12)
    if (!section) return
    const outputs = section.graphs.flatMap((graph) => graph.outputs)
    const taught = new Set(
      outputs.flatMap(({ role, updates }) => (role === 'parameter' ? (updates ?? []) : [])),
    )
    const errors: Readonly<Record<string, number>>[] = []
    const trained = await trainProjections({
      bundle,
      section,
      values,
      dataset,
      seed: SEED,
      steps: 2,
      first: 2,
      onStep: (_, each) => errors.push(each),
    })
    // Of two steps, the first speaks for the start and the second for what the first left behind.
    const [before = {}, after = {}] = errors
    for (const layer of Object.keys(before)) {
      const names = section.parameters.filter((each) => each.layer === layer).map(({ name }) => name)
      const projections = names.filter((name) => taught.has(name))
      const pick = (from: ReadonlyMap<string, unknown> | undefined) =>
        projections.map((name) => from?.get(name))
      expect(projections.length, layer).toBeGreaterThan(0)
      if ((after[layer] ?? NaN) < (before[layer] ?? NaN))
        expect(pick(trained), layer).not.toEqual(pick(values))
      else expect(pick(trained), layer).toEqual(pick(values))
    }
  })
})

test.each(
  ruleCases.filter(({ exported }) => incomparable.has(exported)).map((each) => [each.name, each] as const),
)('%s is told that its loss cannot be backpropagated', (_, ruleCase) => {
  expect(() => compile(ruleCase)).toThrow(/cannot be compared with backpropagation/)
})
