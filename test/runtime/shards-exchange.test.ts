import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { at } from '../../src/base/lists.ts'
import { problemOfShards } from '../../src/bundle/check-shards.ts'
import { checkSections } from '../../src/bundle/check-sections.ts'
import { namesOf, runsOf } from '../../src/bundle/shard-names.ts'
import { wholeShare } from '../../runtime/values/share.ts'
import { elements } from '../../runtime/values/tensor.ts'
import { deal } from '../../runtime/workers/shards/deal.ts'
import { partsOf } from '../../runtime/workers/shards/parts-of.ts'
import { withGraphs } from '../../runtime/workers/pipeline/section-parts.ts'
import { unitsOf } from '../../runtime/workers/pipeline/units.ts'
import { shareMemory, stopAll } from '../../runtime/workers/shards/shared-exchange.ts'
import { Deferred } from '../../runtime/workers/thread/deferred.ts'
import { startThread, type Thread } from '../../runtime/workers/thread/thread.ts'
import type { FakeAnswer, FakeOrder } from './fake-shard.ts'
import { stepsOf } from './fake-graphs.ts'
import type { Graph, GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Of every section that there may be, workers come to the bits of one thread, however long each run takes. */

const KEPT = ['a', 'b', 'c', 'd'] as const
/** Divisible into as many parts as there are shards, and blocks. */
const SIZE = 12
const STEPS = 4

const float = (name: string, shape: number[]) => ({ name, type: 'float64' as const, shape })
const cost = { nodes: 0, flops: 0, parameterBytes: 0, activationBytes: 0 }

interface Drawn {
  readonly kind: 'each' | 'once' | 'blocks'
  readonly by: number
  readonly blocks: number
  /** Of what there is to read, by chance. */
  readonly reads: readonly number[]
  readonly changes: number
  /** Which of two layers it is of. */
  readonly layer: number
}

const drawn = fc.record<Drawn>({
  kind: fc.constantFrom('each', 'once', 'blocks'),
  by: fc.nat(),
  blocks: fc.constantFrom(2, 3, 4, 6),
  reads: fc.array(fc.nat(), { maxLength: 4 }),
  changes: fc.nat(),
  layer: fc.nat({ max: 1 }),
})

/** What each of two layers keeps. */
const KEPT_BY_LAYER = [
  ['a', 'c'],
  ['b', 'd'],
] as const

/**
 * A section of such graphs; each value is changed by the first graph that may.
 *
 * @param areApart whether the first layer reads nothing of the second, and that of the first only what its shards make
 */
function sectionOf(shards: number, all: readonly Drawn[], areApart = false): Section {
  const [activities, changed, inBlocks] = [new Map<string, boolean>(), new Set<string>(), new Set<string>()]
  const layerOf = new Map<string, number>()
  const graphs: Graph[] = []
  for (const [place, { kind, by, blocks, reads, changes, layer }] of all.entries()) {
    const mine: readonly (typeof KEPT)[number][] = areApart ? at(KEPT_BY_LAYER, layer) : KEPT
    const isReadable = (name: string, isOwn: boolean) =>
      !areApart || layerOf.get(name) === layer || (layer === 1 && isOwn)
    const wanted = at(mine, changes % mine.length)
    const free = changed.has(wanted) ? undefined : wanted
    const how = kind === 'blocks' && free === undefined ? 'once' : kind
    const runs = how === 'each' ? shards : how === 'blocks' ? blocks : 1
    const part = { ...float('', [SIZE / runs]), block: true as const }
    const kept = (name: string): GraphInput => {
      const isPart = how === 'blocks' || (how === 'each' && name < 'c')
      return { ...(isPart ? part : float('', [SIZE])), name, role: 'state' }
    }
    // What was changed in blocks is no longer what it was.
    const readable: GraphInput[] = [
      { ...float('views', [2]), role: 'views' },
      ...mine.filter((name) => !inBlocks.has(name)).map(kept),
      ...[...activities].flatMap(([name, isOwn]): GraphInput[] => {
        if (!isReadable(name, isOwn)) return []
        if (isOwn && how === 'each') return [{ ...float(name, [3]), role: 'activity', shard: true }]
        return namesOf({ name, ...(isOwn ? { shard: true } : {}) }, shards).map((each) => ({
          ...float(each, [3]),
          role: 'activity' as const,
        }))
      }),
    ]
    const chosen = reads.map((read) => at(readable, read % readable.length))
    const inputs = [
      ...new Map([...chosen, ...(free ? [kept(free)] : [])].map((each) => [each.name, each])).values(),
    ]
    const outputs: GraphOutput[] = []
    if (how !== 'blocks') {
      outputs.push({
        ...float(`x${place}`, [3]),
        role: 'activity',
        ...(how === 'each' ? { shard: true } : {}),
      })
      activities.set(`x${place}`, how === 'each')
      layerOf.set(`x${place}`, layer)
    }
    if (free !== undefined && (how !== 'each' || changes % 2 === 0)) {
      const value = how === 'once' ? float('', [SIZE]) : part
      outputs.push({ ...value, name: `${free}'`, role: 'state', updates: free })
      changed.add(free)
      if (how === 'blocks') inBlocks.add(free)
    }
    const shard: GraphInput = { name: 'shard', type: 'int64', shape: [], role: 'shard' }
    graphs.push({
      ...{ name: `g${place}`, file: `g${place}.onnx`, sha256: '0'.repeat(64), cost, outputs },
      inputs: how === 'each' ? [...inputs, shard] : inputs,
      ...(how === 'each' ? { each: 'shard' as const } : how === 'blocks' ? { blocks } : { by: by % shards }),
    })
  }
  const section = { batch: SIZE, stepsPerRun: 1, shards, parameters: [], draws: [], graphs }
  const lastRead = (name: string) =>
    graphs.findLastIndex((graph) =>
      graph.inputs.some((input) => namesOf(input, runsOf(graph, section)).includes(name)),
    )
  const made = graphs.flatMap((graph, place) =>
    graph.outputs
      .filter(({ role }) => role === 'activity')
      .flatMap((output) => namesOf(output, runsOf(graph, section)))
      .map((name) => ({ name, place: Math.max(place, lastRead(name)) })),
  )
  return {
    ...section,
    states: KEPT.map((name) => ({
      ...float(name, [SIZE]),
      layer: 'l',
      ...(changed.has(name) ? {} : { constant: true as const }),
    })),
    schedule: graphs.map(({ name: graph }, place) => ({
      graph,
      drop: made.filter((each) => each.place === place).map(({ name }) => name),
    })),
  }
}

/** Sections of two layers, of which each may work on another batch. */
const apart = fc
  .tuple(fc.integer({ min: 2, max: 3 }), fc.array(drawn, { minLength: 2, maxLength: 10 }))
  .map(([shards, all]) =>
    sectionOf(
      shards,
      all.map((each, place) => (place < 2 ? { ...each, layer: place } : each)),
      true,
    ),
  )
const number = (name: string) => ({ name, type: 'float32' as const, shape: [] })

/** The same in mixed precision: graphs that are run once count, some read the scale that the counts decide on. */
function scaled(section: Section, reading: readonly boolean[]): Section {
  const once = section.graphs.filter(({ each, blocks }) => each === undefined && blocks === undefined)
  const counting = (['steps', 'skipped'] as const).map((name, i) => ({ name, graph: once.at(-i) }))
  if (once.length === 0) return section
  const [state, constant] = ['state' as const, true as const]
  return {
    ...section,
    states: [...section.states, number('steps'), number('skipped'), { ...number('scale'), constant }].map(
      (each) => ({ ...each, layer: 'l' }),
    ),
    scaling: {
      ...{ every: 1, growAfter: 1, smallest: 2 ** -30, largest: 2 ** 30 },
      blocks: [{ layer: 'l', scale: 'scale', steps: 'steps', skipped: 'skipped' }],
    },
    graphs: section.graphs.map((graph, place) => {
      const counts = counting.flatMap((each) => (each.graph === graph ? each.name : []))
      const reads = [...counts, ...(reading[place] === true || place === 0 ? ['scale'] : [])]
      return {
        ...graph,
        inputs: [...graph.inputs, ...reads.map((name) => ({ ...number(name), role: state }))],
        outputs: [
          ...graph.outputs,
          ...counts.map((name) => ({ ...number(`${name}'`), role: state, updates: name })),
        ],
      }
    }),
  }
}

const sections = fc
  .tuple(
    fc.integer({ min: 2, max: 4 }),
    fc.array(drawn, { minLength: 1, maxLength: 8 }),
    fc.option(fc.array(fc.boolean(), { maxLength: 8 })),
  )
  .map(([shards, all, reading]) => {
    const section = sectionOf(shards, all)
    return reading ? scaled(section, reading) : section
  })

/** The threads of all cases: to start one takes longer than what it does. */
const threads: Thread<FakeOrder>[] = []
let answers: Deferred<FakeAnswer>[] = []
beforeAll(() => {
  for (let worker = 0; worker < 6; worker++)
    threads.push(
      startThread<FakeOrder, FakeAnswer>({
        who: `worker ${worker}`,
        module: new URL('./fake-shard.ts', import.meta.url),
        plan: {},
        onAnswer: (answer) => answers[worker]?.resolve(answer),
        onFailure: (error) => answers[worker]?.reject(error),
      }),
    )
})
afterAll(async () => {
  await Promise.all(threads.map((thread) => thread.stop()))
})

/** What answers say is kept, put together. */
function together(all: readonly FakeAnswer[]) {
  const values = new Map<string, number[]>()
  for (const answer of all)
    if (answer !== 'stopped')
      for (const [name, { shape, from, data }] of answer) {
        const value = values.get(name) ?? Array.from({ length: elements(shape) }, () => NaN)
        value.splice(from, data.length, ...Array.from(data, Number))
        values.set(name, value)
      }
  return values
}

/** What is kept where each unit of a section, up to two, has workers of its own. */
async function keptInGroups(section: Section, { seed }: { readonly seed: number }) {
  const units = unitsOf(section)
  const groups = withGraphs(
    section,
    [units.slice(0, 1).flat(), units.slice(1).flat()].filter((own) => own.length > 0),
  )
  const { shards = 1 } = section
  const { parts } = partsOf(groups, { sharded: { ...section, shards }, workers: shards, session: {} })
  const channels = parts.map(({ next }) => (next === undefined ? undefined : new MessageChannel()))
  answers = parts.map(() => new Deferred<FakeAnswer>())
  for (const [number, { section: own, shares, next }] of parts.entries()) {
    const before = parts.findIndex((each) => each.next === number)
    const [from, to] = [channels[before]?.port2, channels[number]?.port1]
    const transfer = [from, to].flatMap((port) => port ?? [])
    if (!shares || (next === undefined) !== (to === undefined)) throw new Error('a part is not connected')
    at(threads, number).post({ section: own, steps: STEPS, seed: seed + number, shares, from, to }, transfer)
  }
  return { groups: groups.length, kept: together(await Promise.all(answers.map(({ promise }) => promise))) }
}

/** What workers keep after some steps, put together. */
async function kept(section: Section, workers: number, { seed = 0, steps = STEPS, without = -1 } = {}) {
  const dealt = deal(section, workers)
  const memory = shareMemory(dealt)
  answers = dealt.workers.map(() => new Deferred<FakeAnswer>())
  for (const [worker, own] of dealt.workers.entries())
    if (worker !== without)
      at(threads, worker).post({
        ...{ section, steps, seed: seed + worker },
        shares: { dealt: own, crossings: dealt.crossings, memory, worker },
      })
  if (without >= 0) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    stopAll(memory)
    at(answers, without).resolve('stopped')
  }
  return together(await Promise.all(answers.map(({ promise }) => promise)))
}

const inTurn = async (section: Section) =>
  new Map(
    [...(await stepsOf(section, wholeShare(section), { steps: STEPS }))].map(([name, { data }]) => [
      name,
      Array.from(data, Number),
    ]),
  )

describe('shards dealt to workers', () => {
  test('come to the bits of one thread, whatever the section, however long each run takes', async () => {
    await fc.assert(
      fc.asyncProperty(sections, fc.nat({ max: 3 }), fc.nat(), async (section, fewer, seed) => {
        expect(problemOfShards(section)).toBeUndefined()
        checkSections([{ name: 'sharded', section, learns: true }], 'manifest.json')
        const workers = Math.max(1, (section.shards ?? 1) - fewer)
        expect(await kept(section, workers, { seed: seed % 2 ** 30 })).toEqual(await inTurn(section))
      }),
      { numRuns: 60 },
    )
  })

  test('and layers, to workers of their own, come to the bits of one thread, however long each run takes', async () => {
    let divided = 0
    await fc.assert(
      fc.asyncProperty(apart, fc.nat(), async (section, seed) => {
        checkSections([{ name: 'sharded', section, learns: true }], 'manifest.json')
        const { groups, kept } = await keptInGroups(section, { seed: seed % 2 ** 30 })
        if (groups > 1) divided++
        expect(kept).toEqual(await inTurn(section))
      }),
      { numRuns: 60 },
    )
    expect(divided).toBeGreaterThan(30)
  })

  test('do not wait for ever for one that has gone', async () => {
    await fc.assert(
      fc.asyncProperty(sections, fc.nat(), async (section, without) => {
        const { shards = 1 } = section
        await kept(section, shards, { without: without % shards, steps: 1000 })
      }),
      { numRuns: 10 },
    )
  })

  test('keep once in all what only updates in blocks read, and send nothing of it', () => {
    const block = { ...float('', [SIZE / 4]), block: true as const }
    const names = ['weight', 'moment'] as const
    const graph = {
      ...{ name: 'update', file: 'update.onnx', sha256: '0'.repeat(64), cost, blocks: 4 },
      inputs: names.map((name) => ({ ...block, name, role: 'state' as const })),
      outputs: names.map((name) => ({ ...block, name: `${name}'`, role: 'state' as const, updates: name })),
    }
    const forward = {
      ...{ name: 'forward', file: 'forward.onnx', sha256: '0'.repeat(64), cost, each: 'shard' as const },
      inputs: [{ ...float('weight', [SIZE]), role: 'state' as const }],
      outputs: [{ ...float('x', [3]), role: 'activity' as const, shard: true as const }],
    }
    const { workers, crossings } = deal(
      {
        ...{ batch: 4, stepsPerRun: 1, shards: 2, parameters: [], draws: [], graphs: [forward, graph] },
        states: names.map((name) => ({ ...float(name, [SIZE]), layer: 'l' })),
        schedule: [
          { graph: 'forward', drop: ['x#0', 'x#1'] },
          { graph: 'update', drop: [] },
        ],
      },
      2,
    )
    expect([...crossings.keys()]).toEqual(['weight'])
    const held = workers.map(({ share }) => Object.fromEntries(share.held))
    const [whole, halves] = [
      { from: 0, to: SIZE },
      [
        { from: 0, to: 6 },
        { from: 6, to: 12 },
      ],
    ]
    expect(held).toEqual(halves.map((moment) => ({ weight: whole, moment })))
    expect(workers.map(({ saved }) => saved.get('weight'))).toEqual(halves)
    expect(workers.map(({ takes }) => takes[0]?.map(({ from, to }) => ({ from, to })))).toEqual([
      [halves[1]],
      [halves[0]],
    ])
  })
})
