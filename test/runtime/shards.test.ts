import { describe, expect, test } from 'vitest'
import { Shards } from '../../runtime/workers/shards/shards.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { BatchSource } from '../../runtime/batches/batch-source.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { present } from '../../src/base/lists.ts'
import { without } from '../../src/base/without.ts'
import { tinyBundle, tinyDataset } from './tiny-bundle.ts'
import { failingSeen, tinySharded, tinyShardedBundle } from './tiny-shards.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'

const STEPS = 5

/** Losses of each step, and the values after the last. */
async function trained(bundle: Bundle, section: Section) {
  const source = await BatchSource.create({ bundle, dataset: tinyDataset(), seed: 1, totalSteps: STEPS })
  const stepper = await Stepper.create(bundle, section, initialValues(section, 1), { threads: 1 })
  const losses = []
  for (let step = 0; step < STEPS; step++) {
    const [result] = await stepper.run([await source.prepare(step)])
    losses.push(result?.losses)
  }
  const values = [...stepper.values()].map(([name, { data }]) => [name, Array.from(data, Number)] as const)
  await stepper.release()
  await source.release()
  return { losses, values: new Map(values) }
}

describe('a training step dealt to shards, one after the other', () => {
  test.each([2, 4])('learns as the whole batch does, in %i shards', async (shards) => {
    const bundle = tinyShardedBundle(shards)
    const { train, sharded } = bundle.manifest
    const [whole, dealt] = [await trained(bundle, train), await trained(bundle, present(sharded, 'sharded'))]
    for (const [step, losses] of whole.losses.entries())
      for (const [name, loss] of Object.entries(losses ?? {}))
        expect(dealt.losses[step]?.[name]).toBeCloseTo(loss, 5)
    expect([...dealt.values.keys()].sort()).toEqual([...whole.values.keys()].sort())
    for (const [name, value] of whole.values)
      value.forEach((number, i) => {
        expect(dealt.values.get(name)?.[i], name).toBeCloseTo(number, 5)
      })
  })
})

describe('workers that each run some shards', () => {
  test.each([
    [2, 1],
    [2, 2],
    [4, 2],
    [4, 3],
    [4, 4],
  ])('of %i shards, %i workers, come to the bits of one thread', async (shards, workers) => {
    const bundle = tinyShardedBundle(shards)
    const inTurn = await trained(bundle, present(bundle.manifest.sharded, 'sharded'))
    const options = { bundle, dataset: tinyDataset(), seed: 1, totalSteps: STEPS, threads: 1 }
    const training = await Shards.create(options, { workers })
    try {
      const steps = []
      for await (const { losses } of training.run({ from: 0, to: STEPS })) steps.push(losses)
      expect(steps).toEqual(
        inTurn.losses.map((losses) => ({ first: losses?.['first.loss'], second: losses?.['second.loss'] })),
      )
      for (const [name, { data }] of await training.values())
        expect(Array.from(data, Number), name).toEqual(inTurn.values.get(name))
    } finally {
      await training.release()
    }
  })

  const begun = (bundle: Bundle) =>
    Shards.create({ bundle, dataset: tinyDataset(), seed: 1, totalSteps: STEPS }, { workers: 2 })

  test('end where one fails, and tell which', async () => {
    const bundle = tinyShardedBundle(2)
    const { bytes } = failingSeen(2)
    const training = await begun({
      ...bundle,
      graph: (graph) => (graph.name === 'sharded.seen' ? bytes : bundle.graph(graph)),
    })
    const steps = training.run({ from: 0, to: STEPS })
    await expect(steps.next()).rejects.toThrow(
      /cannot run graph 'sharded.seen'[^]*told by the worker of shard 1/,
    )
    await training.release()
  })

  test('do not begin where one cannot', async () => {
    const bundle = tinyShardedBundle(2)
    const { bytes } = failingSeen(4)
    const graph = (wanted: Graph) => (wanted.name === 'sharded.seen' ? bytes : bundle.graph(wanted))
    await expect(begun({ ...bundle, graph })).rejects.toThrow(/sharded.seen/)
  })
})

describe('a manifest of shards is refused', () => {
  const sharded = (change: (section: Section) => Section) => {
    const { manifest, more } = tinySharded(2)
    return () => tinyBundle({ ...manifest, sharded: change(present(manifest.sharded, 'sharded')) }, more)
  }
  const graphs = (name: string, change: Partial<Graph>) => (section: Section) => ({
    ...section,
    graphs: section.graphs.map((graph) =>
      graph.name === `sharded.${name}` ? { ...graph, ...change } : graph,
    ),
  })
  test.each([
    [
      'with a graph of a shard that there is not',
      graphs('first.sum', { by: 2 }),
      /'sharded.first.sum' is run by shard 2 of 2/,
    ],
    [
      'with a graph of each shard and in blocks',
      graphs('seen', { blocks: 2 }),
      /run by each shard, and says how else .* blocks/,
    ],
    [
      'with a graph of each shard and of one',
      graphs('seen', { by: 0 }),
      /run by each shard, and says how else .* by/,
    ],
    [
      'with values of shards in a graph that is run once',
      graphs('first.forward', { each: undefined }),
      /'shard' is each shard's own/,
    ],
    [
      'without shards',
      (section: Section) => without(section, 'shards'),
      /is of shards, and the section has none/,
    ],
    [
      'with more shards than images',
      (section: Section) => ({ ...section, shards: 5 }),
      /4 images are dealt to 5 shards/,
    ],
    [
      'with another number of shards',
      (section: Section) => ({ ...section, shards: 3 }),
      /'first.part#2'|'seen'/,
    ],
    [
      'of another learning rate',
      (section: Section) => without(section, 'rate'),
      /learning rate differ from those of section train/,
    ],
    [
      'with other states',
      (section: Section) => ({ ...section, states: section.states.toReversed().slice(1) }),
      /'seen'/,
    ],
  ])('%s', (_, change, problem) => {
    expect(sharded(change)).toThrow(problem)
  })

  test.each(['shard', 'views', 'seen', 'second.weight'])('with activity that is called %s', (name) => {
    const change = (section: Section): Section => ({
      ...section,
      graphs: section.graphs.map((graph) => ({
        ...graph,
        inputs: graph.inputs.map((each) => renamed(each, name)),
        outputs: graph.outputs.map((each) => renamed(each, name)),
      })),
    })
    expect(sharded(change)).toThrow(`'${name}' is called both`)
  })
})

/** The sum of all gradients of the first layer by another name. */
const renamed = <T extends { readonly name: string }>(value: T, name: string): T =>
  value.name === 'first.gradient' ? { ...value, name } : value
