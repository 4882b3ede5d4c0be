import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaugesOf } from '../../runtime/files/prometheus/gauges.ts'
import { prometheusText } from '../../runtime/files/prometheus/text.ts'
import { openRun, runFiles } from '../../runtime/files/run-folder.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** What monitors are told, in the text format of Prometheus. */

/** Reads the format as Prometheus does, as far as we write it. @throws Error where a line is anything else */
function readGauges(text: string): Map<string, { labels: Record<string, string>; value: number }[]> {
  const gauges = new Map<string, { labels: Record<string, string>; value: number }[]>()
  let declared = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const [, help] = /^# HELP ([a-z_]+) .+$/.exec(line) ?? []
    const [, type] = /^# TYPE ([a-z_]+) gauge$/.exec(line) ?? []
    if (help !== undefined) declared = help
    if (help !== undefined || type !== undefined) {
      expect(declared).toBe(help ?? type)
      continue
    }
    const [, name = '', pairs = '', value = ''] =
      /^([a-z_]+)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line) ?? []
    expect(name, line).toBe(declared)
    const labels = Object.fromEntries(
      [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', quoted = '']) => [
        label,
        quoted.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
      ]),
    )
    const number = { '+Inf': Infinity, '-Inf': -Infinity }[value] ?? Number(value)
    gauges.set(name, [...(gauges.get(name) ?? []), { labels, value: number }])
  }
  return gauges
}

describe('the text format', () => {
  test('is one block a gauge, with its help and its type', () => {
    const samples = [{ labels: { layer: 'conv1' }, value: 0.5 }]
    expect(prometheusText([{ name: 'hebb_loss', help: 'The loss.', samples }])).toBe(
      '# HELP hebb_loss The loss.\n# TYPE hebb_loss gauge\nhebb_loss{layer="conv1"} 0.5\n',
    )
    expect(prometheusText([{ name: 'hebb_loss', help: 'The loss.', samples: [] }])).toBe('')
  })

  test('gives back every label and value', () => {
    fc.assert(
      fc.property(fc.string(), fc.double(), (text, value) => {
        const samples = [{ labels: { run: text, layer: `"${text}\\` }, value }]
        const read = readGauges(prometheusText([{ name: 'hebb_x', help: `of \\ ${text}`, samples }]))
        // A zero without its sign is the same to whoever draws it.
        const [found] = read.get('hebb_x') ?? []
        expect(found?.labels).toEqual(samples[0]?.labels)
        expect(found?.value === value || (Number.isNaN(value) && Number.isNaN(found?.value))).toBe(true)
      }),
    )
  })
})

const given = (
  change: Omit<Partial<TrainOptions>, 'prometheus'> = {},
): TrainOptions & { readonly prometheus: string } => {
  const root = temporaryFolder()
  const bundle = writeTinyBundle(join(root, 'bundle'), tinyManifest(0.05))
  const data = writeTinyDataset(join(root, 'data'))
  mkdirSync(join(root, 'monitored'))
  return {
    ...{ bundle, data, out: join(root, 'run'), prometheus: join(root, 'monitored/hebb.prom') },
    ...{ steps: 6, seed: 1, threads: 1, prepareAhead: 0, checkpointEvery: 4, ...change },
  }
}

const valueOf = (path: string, name: string): number | undefined =>
  readGauges(readFileSync(path, 'utf8')).get(`hebb_${name}`)?.[0]?.value

describe('a training', () => {
  test('says where it stands in a file of its own, and stays there as it ended', async () => {
    const options = given()
    const during: (number | undefined)[] = []
    await train({ ...options, onCheckpoint: () => during.push(valueOf(options.prometheus, 'running')) })
    const gauges = readGauges(readFileSync(options.prometheus, 'utf8'))
    const names = ['step', 'steps', 'running', 'finished', 'checkpoint_step']
    expect(names.map((name) => gauges.get(`hebb_${name}`)?.[0]?.value)).toEqual([6, 6, 0, 1, 6])
    expect(during).toEqual([1, 1])
    expect(gauges.get('hebb_loss')?.map(({ labels }) => labels)).toEqual([
      { run: options.out, layer: 'first' },
      { run: options.out, layer: 'second' },
    ])
    expect(gauges.get('hebb_info')?.[0]?.labels).toMatchObject({ program: 'tiny', device: 'cpu' })
    expect(Date.now() / 1000 - (gauges.get('hebb_written_timestamp_seconds')?.[0]?.value ?? 0)).toBeLessThan(
      600,
    )
    // A collector that looks into the folder finds nothing half written.
    expect(readdirSync(join(options.prometheus, '..'))).toEqual(['hebb.prom'])
  })

  test('that is stopped is neither running nor finished', async () => {
    const options = given({ signal: AbortSignal.abort() })
    await train(options)
    const values = ['step', 'running', 'finished'].map((name) => valueOf(options.prometheus, name))
    expect(values).toEqual([0, 0, 0])
  })

  test('that an error ends has failed, and goes on no more', async () => {
    const options = given({
      onMetrics: ({ step }) => {
        if (step === 5) throw new Error('of a test')
      },
    })
    await expect(train(options)).rejects.toThrow('of a test')
    const values = () =>
      ['step', 'running', 'finished', 'failed'].map((name) => valueOf(options.prometheus, name))
    expect(values()).toEqual([5, 0, 0, 1])
    await train({ ...options, onMetrics: undefined, resume: true })
    expect(values()).toEqual([6, 0, 1, 0])
  })

  test('does not begin where its file cannot be written', async () => {
    const options = given()
    await expect(train({ ...options, prometheus: join(options.out, 'none/hebb.prom') })).rejects.toThrow(
      'cannot write',
    )
    expect(existsSync(runFiles(options.out).record)).toBe(false)
  })

  test('goes on where its file cannot be written any more, and says so once', async () => {
    const options = given({ steps: 12 })
    const notices: string[] = []
    await train({
      ...options,
      onNotice: (notice) => notices.push(notice),
      onMetrics: ({ step }) => {
        if (step === 1) rmSync(join(options.prometheus, '..'), { recursive: true })
      },
    })
    expect(notices).toHaveLength(1)
    expect(notices[0]).toContain('hebb.prom')
    expect(existsSync(options.prometheus)).toBe(false)
  })

  test('tells what was found of the network', async () => {
    const options = given()
    await train(options)
    const accuracy = { linear: 0.5, knn: 0.25 }
    const probe = { step: 6, epoch: 3, time: 0, milliseconds: 1, layers: { first: accuracy }, all: accuracy }
    const gauges = readGauges(prometheusText(gaugesOf(openRun(options.out), { from: 0, probe }, 7)))
    expect(
      gauges.get('hebb_probe_accuracy')?.map(({ labels, value }) => [labels.layer, labels.classifier, value]),
    ).toEqual([
      ['first', 'linear', 0.5],
      ['first', 'knn', 0.25],
      ['all layers', 'linear', 0.5],
      ['all layers', 'knn', 0.25],
    ])
  })
})
