import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { queriesOf } from '../../src/cli/report/neighbours.ts'
import { cellOf } from '../../src/cli/report/accuracy.ts'
import { Bucket, Sample } from '../../src/cli/report/thinned.ts'
import { inOrder, metricCurves } from '../../src/cli/report/curves.ts'
import { onlineParts } from '../../src/cli/report/online.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { givenWords } from '../../src/cli/given-words.ts'
import { percentOf } from '../../src/cli/units.ts'
import { addProgramFlags } from '../../src/cli/program-flags.ts'
import { shellCommand } from '../../src/cli/shell-word.ts'

describe('a curve in buckets', () => {
  const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 60 })

  test('has as many points as buckets, in the order of their steps, each between its lowest and its highest', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), (values, size) => {
        const bucket = new Bucket(size)
        values.forEach((value, i) => {
          bucket.add(i + 1, value)
        })
        const { points } = bucket.curve()
        expect(points).toHaveLength(Math.ceil(values.length / size))
        points.forEach(([step, value, low = value, high = value], i) => {
          const own = values.slice(i * size, (i + 1) * size)
          expect(Math.ceil(step / size)).toBe(i + 1)
          expect([low, high]).toEqual([Math.min(...own), Math.max(...own)])
          expect(own).toContain(value)
        })
      }),
    )
  })

  test('of one step a bucket is the curve itself', () => {
    const bucket = new Bucket(1)
    for (const step of [1, 2, 3]) bucket.add(step, step / 2)
    expect(bucket.curve().points).toEqual([
      [1, 0.5],
      [2, 1],
      [3, 1.5],
    ])
  })

  test('counts values that are no numbers, which it has no points of', () => {
    const bucket = new Bucket(2)
    for (const value of [1, NaN, 3, Infinity]) bucket.add(1, value)
    expect(bucket.curve()).toEqual({ points: [[1, 1, 1, 3]], notFinite: 2 })
  })
})

describe('the curves of a run', () => {
  const curvesOf = (lines: readonly string[]) => {
    const path = join(temporaryFolder(), 'metrics.jsonl')
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
    return metricCurves(path, ['conv1', 'top'])
  }
  const line = (step: number, more: object = {}) =>
    JSON.stringify({
      step,
      epoch: 0,
      rate: 1,
      losses: { top: -step, conv1: step },
      imagesPerSecond: 9,
      ...more,
    })

  test('are of every layer, from the input to the top, and of what rules log; a damaged line is passed over', () => {
    const { losses, logs } = curvesOf([line(1, { log: { top: { similarity: 0.5 } } }), '{"step":', line(3)])
    expect(losses).toEqual([
      {
        layer: 'conv1',
        points: [
          [1, 1],
          [3, 3],
        ],
      },
      {
        layer: 'top',
        points: [
          [1, -1],
          [3, -3],
        ],
      },
    ])
    expect(logs).toEqual([{ name: 'similarity', curves: [{ layer: 'top', points: [[1, 0.5]] }] }])
  })

  test('of a long run have a few hundred points, each with the lowest and the highest of its steps', () => {
    const { losses } = curvesOf(Array.from({ length: 10_000 }, (_, i) => line(i + 1)))
    expect(losses[0]?.points).toHaveLength(400)
    expect(losses[0]?.points[0]).toEqual([13, 13, 1, 25])
    expect(losses[0]?.points[399]).toEqual([9988, 9988, 9976, 10_000])
  })

  test('come with times where every step has its own, and without where one has not', () => {
    const timed = (step: number) =>
      line(step, { milliseconds: 100, graphs: { conv1: step }, memory: 7 * step })
    const { seconds, milliseconds, memory } = curvesOf([timed(1), timed(2), timed(9)])
    expect({ seconds, milliseconds, memory }).toEqual({
      seconds: 0.3,
      milliseconds: new Map([['conv1', 2]]),
      memory: 63,
    })
    expect(curvesOf([timed(1), line(2)]).seconds).toBeUndefined()
    expect(curvesOf([])).toMatchObject({ losses: [], seconds: undefined, imagesPerSecond: undefined })
  })
})

test('what was found while training is of each layer, from the input to the top, and of all; steps without it have none', () => {
  const path = join(temporaryFolder(), 'probes.jsonl')
  const at = { epoch: 0.5, time: 1, milliseconds: 2 }
  const probe = (linear: number) => ({ linear, knn: 0.25 })
  const lines = [
    { step: 0, ...at, validation: { losses: { top: 2, conv1: 1 }, images: 8 } },
    { step: 4, ...at, layers: { top: probe(0.75), conv1: probe(0.5) }, all: probe(1) },
    { step: 8, ...at, validation: { losses: { top: 1, conv1: 3 }, images: 8 } },
  ]
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(onlineParts(path, ['conv1', 'top'])).toEqual({
    online: [
      {
        ...{ step: 4, epoch: 0.5 },
        layers: [
          { layer: 'conv1', ...probe(0.5) },
          { layer: 'top', ...probe(0.75) },
        ],
        all: probe(1),
      },
    ],
    validation: [
      {
        layer: 'conv1',
        points: [
          [0, 1],
          [8, 3],
        ],
      },
      {
        layer: 'top',
        points: [
          [0, 2],
          [8, 1],
        ],
      },
    ],
  })
  expect(onlineParts(join(temporaryFolder(), 'none.jsonl'), [])).toEqual({ online: [], validation: [] })
})

test('the median of a long series is near that of a sample of it, however long', () => {
  const sample = new Sample()
  for (let i = 0; i < 100_000; i++) sample.add(i)
  expect(Math.abs(sample.median() - 50_000)).toBeLessThan(200)
})

test('a figure of several seeds has their mean and standard deviation, of one none', () => {
  expect(cellOf([0.5])).toEqual({ value: 0.5 })
  expect(cellOf([0.25, 0.75])).toEqual({ value: 0.5, spread: Math.sqrt(0.125) })
})

test('layers stand from the input to the top, what is no layer after them', () => {
  expect(inOrder(['top', 'all', 'conv1'], ['conv1', 'conv2', 'top'])).toEqual(['conv1', 'top', 'all'])
})

describe('images that neighbours are shown of', () => {
  test('are one of each class, of up to 12 classes, evenly spread, and nothing else', () => {
    const labels = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(labels, (labels) => {
        const rows = queriesOf({ count: labels.length, labels: Uint32Array.from(labels) })
        expect(new Set(rows).size).toBe(rows.length)
        const shown = rows.map((row) => labels[row])
        expect(new Set(shown).size).toBe(rows.length)
        expect(rows.length).toBe(Math.min(12, new Set(labels).size))
        for (const row of rows) expect(labels.indexOf(labels[row] ?? NaN)).toBe(row)
      }),
    )
  })

  test('of three classes are three, of ten ten', () => {
    const of = (classes: number) =>
      queriesOf({ count: 60, labels: Uint32Array.from({ length: 60 }, (_, i) => i % classes) })
    expect(of(3)).toEqual([0, 1, 2])
    expect(of(10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('are spread over all where nothing is labelled', () => {
    expect(queriesOf({ count: 16, labels: undefined })).toEqual([0, 2, 4, 6, 8, 10, 12, 14])
    expect(queriesOf({ count: 3, labels: undefined })).toEqual([0, 1, 2])
  })
})

test('words of a command are quoted where a shell would take them apart', () => {
  expect(shellCommand(['hebb', 'train', "it's mine.ts#a", '--out', 'runs/a,b', '$x'])).toBe(
    "hebb train 'it'\\''s mine.ts#a' --out runs/a,b '$x'",
  )
})

test('a command line is told as it was given, flags behind arguments, and no defaults', async () => {
  const told: (readonly string[])[] = []
  const command = addProgramFlags(new Command('train'))
    .argument('[bundle]')
    .option('--out <folder>')
    .option('--seed <number>', '', '0')
    .option('--no-tensorboard')
    .option('--resume')
    .action((_bundle: unknown, _options: unknown, self: Command) => {
      told.push(givenWords(self))
    })
  const root = new Command('hebb').addCommand(command)
  const words = ['train', '--set', 'lr=1e-4', 'mine.ts', '--set', 'wide=a b', '--no-tensorboard', '--out=x']
  await root.parseAsync(words, { from: 'user' })
  const flags = ['--set', 'lr=1e-4', '--set', 'wide=a b', '--out', 'x', '--no-tensorboard']
  expect([...(told[0] ?? [])].sort()).toEqual(['hebb', 'train', 'mine.ts', ...flags].sort())
  expect(told[0]?.slice(0, 3)).toEqual(['hebb', 'train', 'mine.ts'])
})

test('the words of a command have no password in them', async () => {
  const told: (readonly string[])[] = []
  const command = new Command('train').option('--on <url>').action((_options: unknown, self: Command) => {
    told.push(givenWords(self))
  })
  await command.parseAsync(['--on', 'nats://me:sec/r@t@host:4222'], { from: 'user' })
  expect(told).toEqual([['train', '--on', 'nats://host:4222']])
})

test('parts of a whole are said in per cent as they were given', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9999 }), (hundredths) => {
      expect(percentOf(hundredths / 10_000)).toBe(`${Number((hundredths / 100).toFixed(2))}%`)
    }),
    { examples: [[2900], [700], [1250]] },
  )
})
