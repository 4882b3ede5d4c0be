import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { train, type Progress } from '../../runtime/train/train.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** The same files in the eyes of TensorBoard. */

const python = process.env.HEBB_PYTHON ?? 'python3'
const isThere = spawnSync(python, ['-c', 'import tensorboard']).status === 0
const reason = isThere ? '' : ` (skipped: ${python} has no tensorboard; name one that has it in HEBB_PYTHON)`

const script = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator, SCALARS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
read = EventAccumulator(sys.argv[1], size_guidance={SCALARS: 0})
read.Reload()
start = HParamsPluginData.FromString(read.SummaryMetadata('_hparams_/session_start_info').plugin_data.content)
hparams = {name: getattr(value, value.WhichOneof('kind')) for name, value in start.session_start_info.hparams.items()}
print(json.dumps({
  'steps': {tag: [s.step for s in read.Scalars(tag)] for tag in read.Tags()['scalars']},
  'settings': read.Tensors('settings')[0].tensor_proto.string_val[0].decode(),
  'hparams': hparams,
}))
`
const read = (folder: string) => {
  const { stdout, stderr, status } = spawnSync(python, ['-c', script, folder], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as {
    steps: Record<string, number[]>
    settings: string
    hparams: Record<string, unknown>
  }
}

const tags = [
  ...['loss/first', 'loss/second', 'training/epoch', 'training/rate'],
  ...['machine/imagesPerSecond', 'machine/milliseconds', 'machine/memory'],
]
const allOf = (last: number) =>
  Object.fromEntries(tags.map((tag) => [tag, Array.from({ length: last }, (_, i) => i + 1)]))

describe(`TensorBoard reads${reason}`, () => {
  test.skipIf(!isThere)('each step once, after a kill and from an earlier step, and settings', async () => {
    const root = temporaryFolder()
    const [bundle, data] = [writeTinyBundle(join(root, 'bundle')), writeTinyDataset(join(root, 'data'))]
    const out = join(root, 'run')
    const options = { out, threads: 1, prepareAhead: 0 }
    const onProgress = ({ step }: Progress) => {
      if (step === 7) throw new Error('killed')
    }
    const start = { ...options, bundle, data, steps: 12, checkpointEvery: 4, keep: 3, onProgress }
    await expect(train(start)).rejects.toThrow('killed')
    await train({ ...options, resume: true })
    const { steps, settings, hparams } = read(out)
    expect(steps).toEqual(allOf(12))
    expect(settings).toContain('| rule | delta |')
    expect(hparams).toMatchObject({ rule: 'delta', batch: 4, seed: 0, 'rate.lr': 0.05, 'rate.warmup': 0 })
    await train({ ...options, resume: true, fromStep: 8, steps: 10 })
    expect(read(out).steps).toEqual(allOf(10))
  })
})
