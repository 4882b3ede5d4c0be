import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { found } from '../../src/base/lists.ts'
import {
  adamw,
  batchNorm,
  compile,
  conv,
  layer,
  local,
  maxPool,
  program,
  relu,
  rule,
  type Layer,
} from '../../src/index.ts'
import { loadRunCheckpoint, startOfRun } from '../../runtime/files/run-checkpoint.ts'
import { openRun, runFiles } from '../../runtime/files/run-folder.ts'
import { readSafetensors, writeSafetensors } from '../../runtime/files/safetensors.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { mistakeOf } from '../support/refusal.ts'
import { idx, IDX_NAMES, writeFiles } from './data-files.ts'
import type { Values } from '../../runtime/values/value-store.ts'

/** A run that starts with weights which it is given. */

/** A loss with a projection of the rule's own, and a slow copy of the layer. */
const slow = () =>
  rule('slow', ({ out, target, parameter }) => {
    const [z, features] = [out.rows.mean(2, 3), out.rows.size(1)]
    const projected = z.matmul(parameter('projection', [features, features]))
    return projected.sub(target(0.9).rows.mean(2, 3)).square().mean().add(z.square().mean())
  })
const encoder = (options: object = {}): Layer[] => [
  layer('conv1', options, conv(3), batchNorm(), relu(), maxPool(2)),
  layer('conv2', conv(4), relu()),
]
const made = (layers = encoder(), lr = 0.01) =>
  compile(
    program({
      input: { channels: 1, size: 6, classes: 2 },
      batch: 4,
      encoder: layers,
      learn: local(slow()),
      optimizer: adamw({ lr }),
    }),
  )

const root = mkdtempSync(join(tmpdir(), 'hebb-test-'))
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})
const pixels = Uint8Array.from({ length: 8 * 36 }, (_, i) => (i * 37) % 251)
const data = writeFiles(join(root, 'data'), {
  [IDX_NAMES.trainImages]: idx([8, 6, 6], pixels),
  [IDX_NAMES.trainLabels]: idx(
    [8],
    Uint8Array.from({ length: 8 }, (_, i) => i % 2),
  ),
})
const settings = { data, threads: 1, prepareAhead: 0, steps: 4, checkpointEvery: 2 }
let runs = 0
async function trained(options: Partial<TrainOptions> = {}) {
  const out = join(root, `run${runs++}`)
  await train({ bundle: made(), ...settings, out, ...options })
  return out
}
const source = await trained({ seed: 7 })
const weights: Values = loadRunCheckpoint(openRun(source)).values

class Killed extends Error {}
const killed = (options: TrainOptions) =>
  expect(
    train({
      ...options,
      onProgress: () => {
        throw new Killed()
      },
    }),
  ).rejects.toThrow(Killed)

describe('a run that is given weights', () => {
  test('starts with those of the encoder; optimizer, rule and averages start anew', async () => {
    const out = await trained({ init: source, seed: 1 })
    const start = startOfRun(openRun(out)).values
    const { encode, train } = made().manifest
    for (const { name } of [...encode.parameters, ...encode.states])
      expect(found(start, name, name), name).toEqual(found(weights, name, name))
    const seeded = initialValues(train, 1)
    for (const name of ['conv1.slow.projection', 'conv1.weight.exp_avg'])
      expect(found(start, name, name), name).toEqual(found(seeded, name, name))
    expect(found(start, 'conv1.weight.target', 'average')).toEqual(found(weights, 'conv1.weight', 'weight'))
  })

  test('says in its record which file they were', async () => {
    const out = await trained({ init: source })
    const { checkpoint } = runFiles(source)
    const sha256 = createHash('sha256').update(readFileSync(checkpoint)).digest('hex')
    expect(openRun(out).record.init).toEqual({ weights: checkpoint, sha256 })
  })

  test('goes on to the same bits where it was killed before its first checkpoint, and the weights have gone', async () => {
    const file = join(root, 'gone.safetensors')
    const names = [...made().manifest.encode.parameters, ...made().manifest.encode.states].map(
      ({ name }) => name,
    )
    writeSafetensors(
      file,
      names.map((name) => [name, found(weights, name, name)]),
    )
    const whole = await trained({ init: file })
    const out = join(root, 'killed')
    await killed({ bundle: made(), ...settings, out, init: file })
    renameSync(file, `${file}.away`)
    await train({ out, resume: true, threads: 1, prepareAhead: 0 })
    expect(readFileSync(runFiles(out).checkpoint)).toEqual(readFileSync(runFiles(whole).checkpoint))
  })

  test('may be given another length before its first checkpoint, and be killed again', async () => {
    const out = join(root, 'lengthened')
    const again = { out, resume: true, threads: 1, prepareAhead: 0, steps: 6 }
    await killed({ bundle: made(), ...settings, out, init: source })
    await killed(again)
    await train(again)
    expect(loadRunCheckpoint(openRun(out)).step).toBe(6)
    const whole = await trained({ init: source, steps: 6 })
    expect(readFileSync(runFiles(out).checkpoint)).toEqual(readFileSync(runFiles(whole).checkpoint))
  })

  test('by two workers comes to the same bits', async () => {
    const [one, two] = [await trained({ init: source }), await trained({ init: source, workers: 2 })]
    expect(readFileSync(runFiles(two).checkpoint)).toEqual(readFileSync(runFiles(one).checkpoint))
  })

  test('takes those of some layers alone, from a file that may have others', async () => {
    const out = await trained({ init: source, initLayers: ['conv2'], seed: 1 })
    const start = startOfRun(openRun(out)).values
    expect(found(start, 'conv2.weight', 'weight')).toEqual(found(weights, 'conv2.weight', 'weight'))
    expect(found(start, 'conv1.weight', 'weight')).toEqual(
      found(initialValues(made().manifest.train, 1), 'conv1.weight', 'weight'),
    )
    const file = join(root, 'more.safetensors')
    writeSafetensors(file, [...readSafetensors(runFiles(source).checkpoint).tensors])
    expect(openRun(await trained({ init: file, initLayers: ['conv1'] })).record.init?.layers).toEqual([
      'conv1',
    ])
    const { message } = await mistakeOf(trained({ init: file }))
    expect(message).toContain("unexpected: 'conv1.weight.exp_avg'")
  })

  test('keeps them in a frozen layer, be it read in training or not', async () => {
    const frozen = await trained({ init: source, bundle: made(encoder({ frozen: true })) })
    const top = [
      layer('conv1', conv(3), batchNorm(), relu(), maxPool(2)),
      layer('conv2', { frozen: true }, conv(4), relu()),
    ]
    const unread = await trained({ init: source, bundle: made(top) })
    for (const [out, name] of [
      [frozen, 'conv1.weight'],
      [frozen, 'conv1.running_mean'],
      [unread, 'conv2.weight'],
    ] as const)
      expect(found(loadRunCheckpoint(openRun(out)).values, name, name), name).toEqual(
        found(weights, name, name),
      )
  })
})

describe('weights are refused', () => {
  test('with all that is missing, unexpected or of another shape, and no run is left', async () => {
    const other = [layer('conv1', conv(5), batchNorm(), relu()), layer('conv3', conv(4))]
    const out = join(root, 'refused')
    const { message } = await mistakeOf(train({ bundle: made(other), ...settings, out, init: source }))
    expect(message).toContain("'conv1.weight' is float32[3, 1, 3, 3]")
    expect(message).toContain("missing: 'conv3.weight'")
    expect(existsSync(out) ? readdirSync(out) : []).toEqual([])
  })

  test('for a layer that the encoder has not, and from a folder that holds no run', async () => {
    expect((await mistakeOf(trained({ init: source, initLayers: ['conv9'] }))).message).toContain(
      "did you mean 'conv1'",
    )
    expect((await mistakeOf(trained({ init: data }))).message).toContain('is not the folder of a run')
    expect((await mistakeOf(trained({ init: join(root, 'nothing') }))).name).toBe('FileError')
  })

  test('where a file of the user has the name of what a run starts with', async () => {
    const out = join(root, 'taken')
    writeFiles(out, { 'start.safetensors': Uint8Array.of(1, 2, 3) })
    const { message } = await mistakeOf(train({ bundle: made(), ...settings, out, init: source }))
    expect(message).toContain('start.safetensors, which a new run would not leave alone')
    expect(readFileSync(join(out, 'start.safetensors'))).toHaveLength(3)
    rmSync(out, { recursive: true })
  })
})
