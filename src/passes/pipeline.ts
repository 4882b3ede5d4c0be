import { accumulate } from './rewrite/accumulate.ts'
import { updateInBlocks } from './updates/blocks.ts'
import { plan, type Choice } from './convolution/choose.ts'
import type { Request } from './request.ts'
import type { Target } from '../bundle/lowerings.ts'
import { legalise, type Written } from './legalise/legalise.ts'
import { inFloat16 } from './float16/float16.ts'
import { lower } from './lower.ts'
import { scaleSquares } from './updates/square-scale.ts'
import { separateUpdates, type UpdateGraph } from './updates/separate.ts'
import { withOwnBuffers } from './rewrite/own-buffers.ts'
import { withEvenOperands } from './rewrite/even-operands.ts'
import { maskPooledGradients } from './rewrite/pool-mask.ts'
import { asTheyLie, type HandedOn } from './pixel-major/lying.ts'
import { share } from './rewrite/share.ts'
import { simplify } from './simplify/simplify.ts'
import { inSlices, inSlicesByStage } from './slices/slices.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

/** What leaves a graph, and for whom. */
export interface Crossing {
  /** Outputs that only graphs of the same section read. */
  readonly activities: ReadonlySet<string>
  /** Outputs that are new values of parameters and states, with what they replace. */
  readonly updates: ReadonlyMap<string, string>
  /** Outputs that are only shown: what they read is computed as it would be without them. */
  readonly logs: ReadonlySet<string>
  /** Parameters and states whose value of the step before later graphs read. */
  readonly kept: ReadonlySet<string>
  /** Whether all updates stay in the graph: one that does several steps needs them. */
  readonly inOne: boolean
  /** Of a graph of shards, in which of the stages that it is cut into a node is done. */
  readonly stagesOf?: (source: GraphSource) => (node: Node) => number
}

/** A graph on its way through the passes. */
export interface PassState extends HandedOn {
  readonly source: GraphSource
  /** Graphs that were taken out of it, and what it was before. */
  readonly updates: readonly UpdateGraph[]
  readonly before: GraphSource | undefined
  /** How its convolutions are computed. */
  readonly choices: readonly Choice[]
  /** How ops that ONNX has in several ways, or not at all, are written. */
  readonly written: readonly Written[]
}

export interface Setting extends Crossing {
  readonly request: Request
}

export interface Pass {
  readonly name: string
  /** Where graphs are run that it is for; undefined: everywhere. */
  readonly target?: Target
  /** Whether it is only for graphs that do several steps in a run. */
  readonly inOne?: true
  readonly run: (state: PassState, setting: Setting) => PassState
}

type Passes = readonly Pass[]
type Rewriting = (source: GraphSource) => GraphSource

const onGraph = (name: string, pass: Rewriting): Pass => ({
  name,
  run: (state) => ({ ...state, source: pass(state.source) }),
})

/** On the updates that were taken out of a graph. */
const onUpdates = (name: string, pass: Rewriting): Pass => ({
  name,
  target: 'cpu',
  run: (state) => ({
    ...state,
    updates: state.updates.map((update) => ({ ...update, source: pass(update.source) })),
  }),
})

/** Every pass in its order: what a program was traced to, on its way to what is emitted. */
export const pipeline: Passes = [
  onGraph('stops', share),
  onGraph('simplify', simplify),
  onGraph('share', share),
  onGraph('pooled-masks', maskPooledGradients),
  {
    name: 'convolutions',
    run: (state, { request, activities }) => {
      const { choices, ...options } = plan(state.source, request)
      const free = request.target === 'cpu' ? activities : new Set<string>()
      const { source, pixelMajor } = lower(state.source, { ...options, handed: state, free })
      return { ...state, source, choices, pixelMajor: new Set([...state.pixelMajor, ...pixelMajor]) }
    },
  },
  {
    name: 'float16',
    run: (state, { request: { lossScales } }) =>
      lossScales ? { ...state, source: inFloat16(state.source, lossScales) } : state,
  },
  onGraph('simplify-lowered', simplify),
  onGraph('share-lowered', share),
  {
    name: 'slices',
    target: 'cpu',
    run: (state, { stagesOf }) => ({
      ...state,
      source: stagesOf ? inSlicesByStage(state.source, stagesOf) : inSlices(state.source),
    }),
  },
  {
    name: 'as-they-lie',
    target: 'cpu',
    run: (state, { activities }) => ({ ...state, ...asTheyLie(state, activities) }),
  },
  {
    name: 'updates',
    target: 'cpu',
    run: (state, { updates, kept, logs }) => ({
      ...state,
      ...separateUpdates(state.source, updates, kept, logs),
      before: state.source,
    }),
  },
  onUpdates('simplify-updates', simplify),
  onUpdates('share-updates', share),
  onUpdates('squares', scaleSquares),
  onUpdates('accumulate-updates', (source) => accumulate(source)),
  {
    name: 'update-loops',
    target: 'cpu',
    inOne: true,
    run: (state) => {
      const { source, updates, before } = state
      if (!before) throw new Error(`the updates of '${source.name}' were never taken out`)
      return { ...state, source: updateInBlocks({ source, updates }, before), updates: [] }
    },
  },
  {
    name: 'accumulate',
    run: (state, { logs }) => ({ ...state, source: accumulate(state.source, logs) }),
  },
  {
    name: 'legalise',
    run: (state) => {
      const { source, written } = legalise(state.source)
      const updates = state.updates.map((update) => ({ ...update, legal: legalise(update.source) }))
      return {
        ...state,
        source,
        updates: updates.map(({ legal, ...update }) => ({ ...update, source: legal.source })),
        written: [...written, ...updates.flatMap(({ legal }) => legal.written)],
      }
    },
  },
  { ...onGraph('even-operands', withEvenOperands), target: 'cuda' },
  { ...onGraph('own-buffers', (source) => withOwnBuffers(source)), target: 'cpu' },
]

/** Where a graph of shards is cut: what comes before sees all of it, and what comes after the graph of a stage. */
const AFTER_CUT = pipeline.findIndex(({ name }) => name === 'updates')
export const [beforeCut, afterCut] = [pipeline.slice(0, AFTER_CUT), pipeline.slice(AFTER_CUT)]
