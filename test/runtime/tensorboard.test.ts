import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, flatten, layer, linear, local, program, rule, sgd } from '../../src/index.ts'
import { at } from '../../src/base/lists.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { removeRun, runFiles } from '../../runtime/files/run-folder.ts'
import { readProbes } from '../../runtime/files/probes.ts'
import { readRecord } from '../../runtime/files/run-record.ts'
import { eventOfMetrics } from '../../runtime/files/tensorboard/events.ts'
import { maskedChecksum, recordOf } from '../../runtime/files/tensorboard/records.ts'
import { eventFilesIn, nameAfter } from '../../runtime/files/tensorboard/own-files.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { crc32c, readEvents, scalarsOf } from '../support/event-file.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** Files of events for TensorBoard, read back by the definition of their format. */

function given(change: Partial<TrainOptions> = {}) {
  const root = temporaryFolder()
  const [bundle, data] = [writeTinyBundle(join(root, 'bundle')), writeTinyDataset(join(root, 'data'))]
  const out = join(root, 'run')
  return { bundle, data, out, steps: 12, checkpointEvery: 4, threads: 1, prepareAhead: 0, ...change }
}

const resume = ({ out }: TrainOptions, change: Partial<TrainOptions> = {}) =>
  train({ out, resume: true, threads: 1, prepareAhead: 0, ...change })

class Killed extends Error {}
const killed = (options: TrainOptions, step: number) => {
  const onProgress = (progress: Progress) => {
    if (progress.step === step) throw new Killed()
  }
  return expect(train({ ...options, onProgress })).rejects.toThrow(Killed)
}

/** Of all files of a run, as readers take them: in the order of their names. */
const eventsOf = (out: string) => eventFilesIn(out).flatMap(readEvents)
const stepsTold = (out: string) => scalarsOf(eventsOf(out))['loss/first']?.map(([step]) => step)
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

describe('a record', () => {
  test('has the checksums that TensorFlow gives', () => {
    // RFC 3720, B.4: 32 bytes of zeros; and the mask of crc32c.h.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(maskedChecksum(new Uint8Array(32))).toBe(
      (((0x8a9136aa >>> 15) | (0x8a9136aa << 17)) + 0xa282ead8) >>> 0,
    )
  })

  test('holds any bytes between its length and its checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const record = Buffer.from(recordOf(bytes))
        expect(record.readBigUInt64LE(0)).toBe(BigInt(bytes.length))
        expect(record.subarray(12, -4)).toEqual(Buffer.from(bytes))
        expect(record.readUInt32LE(8)).toBe(maskedChecksum(record.subarray(0, 8)))
        expect(record.readUInt32LE(record.length - 4)).toBe(maskedChecksum(bytes))
      }),
    )
  })
})

describe('the events of a run', () => {
  test('are its metrics, each a tag of TensorBoard', async () => {
    const run = given()
    await train(run)
    const lines = readMetrics(runFiles(run.out).metrics)
    const of = (value: (line: (typeof lines)[number]) => number | undefined) =>
      lines.map((line) => [line.step, Math.fround(value(line) ?? NaN)])
    expect(scalarsOf(eventsOf(run.out))).toEqual({
      'loss/first': of(({ losses }) => losses.first),
      'loss/second': of(({ losses }) => losses.second),
      'training/epoch': of(({ epoch }) => epoch),
      'training/rate': of(({ rate }) => rate),
      'machine/imagesPerSecond': of(({ imagesPerSecond }) => imagesPerSecond),
      'machine/milliseconds': of(({ milliseconds }) => milliseconds),
      'machine/memory': of(({ memory }) => memory),
    })
    expect(
      eventsOf(run.out)
        .filter(({ step }) => step > 0)
        .slice(0, -1)
        .map(({ wallTime }) => wallTime),
    ).toEqual(lines.map(({ time }) => time))
  })

  test('are what rules log, too, by layer and name', () => {
    const line = { step: 1, epoch: 0, rate: 0.1, imagesPerSecond: 1, losses: { conv1: 2 } }
    const log = { conv1: { similarity: 0.5, variance: NaN } }
    expect(eventOfMetrics({ ...line, log }, 7)).toMatchObject({
      wallTime: 7,
      summary: {
        value: expect.arrayContaining([
          { tag: 'log/conv1/similarity', simpleValue: 0.5 },
          { tag: 'log/conv1/variance', simpleValue: NaN },
        ]) as unknown,
      },
    })
  })

  test('are probes and validation losses, too: the same after a kill', async () => {
    const agree = rule<'a' | 'b'>('agree', ({ out }) => out.a.sub(out.b).add(out.a).square().mean())
    const bundle = compile(
      program({
        ...{ input: { channels: 1, size: 2, classes: 2 }, batch: 4, optimizer: sgd({ lr: 0.1 }) },
        encoder: [layer('low', flatten(), linear(3)), layer('high', linear(2))],
        learn: local(agree),
      }),
    )
    const data = writeTinyDataset(temporaryFolder(), 24)
    const run = given({ bundle, data, probeEvery: 1, validation: 0.25 })
    await killed(run, 6)
    await resume(run)
    const looks = readProbes(runFiles(run.out).probes)
    expect(looks.map(({ step }) => step)).toEqual([0, 4, 8, 12])
    const of = (value: (look: (typeof looks)[number]) => number | undefined) =>
      looks.map((look) => [look.step, Math.fround(value(look) ?? NaN)])
    expect(scalarsOf(eventsOf(run.out))).toMatchObject({
      'validation/low': of(({ validation }) => validation?.losses.low),
      'probe/linear/high': of(({ layers }) => layers?.high?.linear),
      'probe/knn/low': of(({ layers }) => layers?.low?.knn),
      'probe/linear': of(({ all }) => all?.linear),
      'probe/knn': of(({ all }) => all?.knn),
    })
  })

  test('begin with the version of the format, a start that voids earlier files, and the settings', async () => {
    const run = given()
    await train(run)
    const [version, start, settings] = eventsOf(run.out)
    expect(version?.fileVersion).toBe('brain.Event:2')
    expect(start?.sessionLog?.status).toBe(1)
    const [text, hparams] = settings?.summary?.value ?? []
    expect(text?.metadata?.pluginData.pluginName).toBe('text')
    expect(text?.tensor?.stringVal.map(String).join()).toMatch(
      /\| rule \| delta \|\n[^]*\| optimizer\.lr \| 0\.05 \|/,
    )
    expect(hparams).toMatchObject({
      tag: '_hparams_/session_start_info',
      metadata: { pluginData: { pluginName: 'hparams' } },
    })
  })

  test('change no bit of the training', async () => {
    const [on, off] = [given(), given({ tensorboard: false })]
    await Promise.all([train(on), train(off)])
    expect(eventFilesIn(off.out)).toEqual([])
    expect(readFileSync(runFiles(on.out).checkpoint)).toEqual(readFileSync(runFiles(off.out).checkpoint))
  })
})

describe('the events of a run that goes on', () => {
  test.each([1, 4, 5, 11])('are those of every step once, killed after step %i', async (step) => {
    const run = given()
    await killed(run, step)
    expect(stepsTold(run.out) ?? []).toEqual(upTo(step).slice(0, stepsTold(run.out)?.length ?? 0))
    await resume(run)
    expect(stepsTold(run.out)).toEqual(upTo(12))
  })

  test('from an earlier step know nothing of the steps that were given up', async () => {
    const run = given({ keep: 3 })
    await train(run)
    await resume(run, { fromStep: 4, steps: 8 })
    expect(stepsTold(run.out)).toEqual(upTo(8))
  })

  test('are made again of the metrics where a kill has torn a record, or the file is gone or no file of events', async () => {
    const damage = [
      (path: string) => {
        truncateSync(path, 700)
      },
      (path: string) => {
        rmSync(path)
      },
      (path: string) => {
        writeFileSync(path, 'oops')
      },
    ]
    for (const harm of damage) {
      const run = given({ steps: 8 })
      await train(run)
      harm(at(eventFilesIn(run.out), 0))
      await resume(run, { steps: 12 })
      expect(stepsTold(run.out)).toEqual(upTo(12))
    }
  })

  test('lie in a file of a later name, beside which the one before stays, empty, until the next resume', async () => {
    const run = given({ steps: 8 })
    await train(run)
    const [first] = eventFilesIn(run.out)
    await resume(run, { steps: 10 })
    const [emptied, second] = eventFilesIn(run.out)
    expect(emptied).toBe(first)
    expect(readFileSync(String(emptied))).toHaveLength(0)
    await resume(run, { steps: 12 })
    expect(eventFilesIn(run.out)).toEqual([second, expect.any(String)])
    expect(eventFilesIn(run.out)).toEqual(eventFilesIn(run.out).toSorted())
    // A clock that was set back.
    const future = '/runs/events.out.tfevents.9999999999.hebb'
    expect(nameAfter([future])).toBe('events.out.tfevents.10000000000.hebb')
  })

  test('are kept or left out as before, unless it is told otherwise', async () => {
    const run = given({ steps: 4, tensorboard: false })
    await train(run)
    await resume(run, { steps: 6 })
    expect(readRecord(run.out).tensorboard).toBe(false)
    expect(eventFilesIn(run.out)).toEqual([])
    await resume(run, { steps: 8, tensorboard: true })
    expect(readRecord(run.out).tensorboard).toBeUndefined()
    expect(stepsTold(run.out)).toEqual(upTo(8))
    await resume(run, { steps: 9, tensorboard: false })
    expect(eventFilesIn(run.out)).toEqual([])
  })

  test('begin anew where somebody removes the file meanwhile', async () => {
    const run = given()
    const onProgress = ({ step }: Progress) => {
      if (step === 6) rmSync(at(eventFilesIn(run.out), 0))
    }
    await train({ ...run, onProgress })
    expect(stepsTold(run.out)).toEqual(upTo(12))
  })
})

describe('files of events', () => {
  test('of others stay where they are, whatever becomes of the run', async () => {
    const run = given()
    mkdirSync(run.out)
    const other = join(run.out, 'events.out.tfevents.1764396000.elsewhere.1.0')
    writeFileSync(other, 'theirs')
    await train(run)
    removeRun(run.out)
    expect(readFileSync(other, 'utf8')).toBe('theirs')
    expect(eventFilesIn(run.out)).toEqual([])
  })

  test('of a run that is gone keep a new one out of their folder', async () => {
    const run = given()
    await train(run)
    const name = basename(at(eventFilesIn(run.out), 0))
    for (const path of Object.values(runFiles(run.out))) rmSync(path, { recursive: true, force: true })
    await expect(train(run)).rejects.toThrow(name)
    expect(existsSync(join(run.out, name))).toBe(true)
  })
})
