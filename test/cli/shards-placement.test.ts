import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  compile,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  relu,
  writeBundle,
  type Program,
} from '../../src/index.ts'
import { clapp, clappDirectFeedback, clappPlusPlus, forwardForward, infoNCE } from '../../rules/index.ts'
import { resnet18 } from '../../rules/recipes/resnet18.ts'
import { copyingNodes, nodesOffCuda } from '../../runtime/session/placement-log.ts'
import { graphsOf } from '../../scripts/placement/graphs.ts'
import { place } from '../../scripts/placement/rig.ts'
import { rig } from '../support/cuda-rig.ts'
import { tinyPools, tinyProgram, type TinyOptions } from '../support/programs.ts'
import { newFolder } from './run-hebb.ts'

/**
 * Where the graphs of a step of shards would run on a GPU, as the real CUDA provider places them on stubs of NVIDIA's libraries.
 * `HEBB_CUDA_RIG=RIG npx vitest run test/cli/shards-placement.test.ts`, after scripts/placement/setup.sh RIG.
 */

const tiny = (learn: Program['learn'], more: TinyOptions = {}): Program =>
  tinyProgram({ learn, dtype: 'float32', batch: 4, ...more })

const perceptron = [1, 2].map((i) =>
  layer(`dense${i}`, ...(i === 1 ? [flatten()] : []), lengthNorm(), linear(64), relu()),
)

const programs: readonly [string, Program][] = [
  ['CLAPP without spatial dependence', tiny(local(clapp()))],
  ['CLAPP++', tiny(local(clappPlusPlus(tinyPools)))],
  ['CLAPP++DFB', tiny(local(clappDirectFeedback(tinyPools)))],
  ['BP-CLAPP++', tiny(global(clapp()))],
  ['BP-InfoNCE', tiny(global(infoNCE({ dimension: 4 })))],
  ['CLAPP++ in mixed precision', { ...tiny(local(clappPlusPlus(tinyPools))), precision: 'mixed' }],
  ['ResNet-18 with batch norm', tiny(global(infoNCE({ dimension: 4 })), { encoder: resnet18({ width: 4 }) })],
  [
    'Forward-Forward of a perceptron',
    tiny(local(forwardForward()), { encoder: perceptron, views: ['positive', 'negative'] }),
  ],
]

describe.runIf(rig !== undefined)('shards on a GPU', { timeout: 300_000 }, () => {
  test.each(programs)('%s: every node on CUDA, and no copy within a graph', (_, made) => {
    const folder = join(newFolder(), 'bundle')
    writeBundle(folder, compile(made, { target: 'cuda', shards: 2 }))
    const graphs = graphsOf(folder).filter(({ section }) => section === 'sharded')
    expect(graphs.length).toBeGreaterThan(1)
    for (const { title, file } of graphs) {
      const { log = '', problem } = place(String(rig), file)
      expect({ title, off: nodesOffCuda(log) ?? problem, copying: copyingNodes(log) }).toEqual({
        title,
        off: [],
        copying: 0,
      })
    }
  })
})
