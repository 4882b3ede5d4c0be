import { hashRows } from '../../runtime/data/cache/hash-rows.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { encodeHeader } from '../../runtime/files/safetensors-header.ts'
import { sealRecord, type RunRecord } from '../../runtime/files/run-record.ts'
import { sealed } from '../../runtime/files/sealed.ts'
import { initialise } from '../../runtime/values/initialise.ts'
import { bytesOf, type HostTensor } from '../../runtime/values/tensor.ts'
import { operators } from '../../src/bundle/verify/operators/operators.ts'

/** Examples of all files that a runtime writes. */

/** What JSON is written of numbers and texts. */
const texts = () =>
  [
    [0, -0, 1, 0.1, 1 / 3, 123456789012345680000, 1e21, 1.5e300, 0.000001, 1e-7, 5e-324, -2.5e-8, 2 ** 53],
    ['plain', 'é 線 𝄞', 'a "quote" and \\', 'line\nand tab\t', '\u0001\u001f\u007f\u2028'],
  ].flatMap((values) => values.map((value) => ({ value, text: JSON.stringify(value) })))

const checkpoint = () => {
  const init = { kind: 'normal', std: 1 } as const
  const weight = { name: 'conv1.weight', layer: 'conv1', type: 'float32' as const, shape: [3, 2], init }
  const tensors: (readonly [string, HostTensor])[] = [
    ['conv1.weight', initialise(weight, 1)],
    ['conv1.weight.count', { type: 'int64', shape: [], data: BigInt64Array.of(12n) }],
    ['conv1.mean', { type: 'float64', shape: [2], data: Float64Array.of(0.1, -1e300) }],
  ]
  const metadata = {
    format: 'hebb-checkpoint',
    program: 'a "small" program',
    identity: 'ab'.repeat(32),
    step: '12',
    totalSteps: '40',
    seed: '1',
  }
  const file = Buffer.concat([
    encodeHeader(tensors, sealed(tensors, metadata)),
    ...tensors.map(([, { data }]) => bytesOf(data)),
  ])
  const values = tensors.map(([name, { type, shape, data }]) => ({
    ...{ name, type, shape },
    hex: Buffer.from(bytesOf(data)).toString('hex'),
  }))
  return { values, metadata, hex: file.toString('hex') }
}

const record: RunRecord = {
  program: 'CLAPP++',
  identity: '0a'.repeat(32),
  manifest: '1b'.repeat(32),
  data: '/data/fashion-mnist',
  split: 'train',
  dataset: { name: 'fashion-mnist', count: 6000, shape: [1, 28, 28], classes: 10 },
  images: '2c'.repeat(32),
  seed: 7,
  totalSteps: 40,
  provider: 'cuda',
  threads: 2,
  checkpointEvery: 10,
  devices: [1],
  tf32: false,
  lengths: [
    { steps: 20, from: 0 },
    { steps: 40, from: 12 },
  ],
  keep: 2,
  keepBest: 'conv1.loss',
  tensorboard: false,
  probeEvery: 0.5,
  validation: 0.1,
  options: { lr: 1e-7, width: 0.25, deep: true, name: 'é', pools: [8, 4] },
  versions: { hebb: '0.1.0', node: '20.20.2' },
  command: ['train', 'bundle', '--seed', '7'],
}

/** Rows of a data set as they lie: the sum that a run knows its images by. */
async function images() {
  const rows = Uint8Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => i)
  const all = inMemory({ name: 'two', shape: [3, 2, 2], rows, labels: [1, 0], classes: 2 })
  return { shape: all.shape, rows: [...rows], labels: [1, 0], sha256: await hashRows(all) }
}

export const files = async () => ({
  texts: texts(),
  checkpoint: checkpoint(),
  record: { record, text: sealRecord(record) },
  images: await images(),
  /** All that graphs are made of. */
  operators: [...operators.keys(), 'Scan'].sort(),
})
