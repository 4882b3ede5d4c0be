import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { availableCores } from '../../src/base/cores.ts'
import {
  type Choice,
  chosenWay,
  fastest,
  isMeasured,
  isWorthwhile,
  LEAST_STEPS,
  toldChoice,
  waysOf,
} from '../../runtime/train/choose.ts'
import { timeSteps } from '../../runtime/train/time-way.ts'
import { Trainer, type RunOptions, type StepDone } from '../../runtime/train/trainer.ts'
import { train } from '../../runtime/train/train.ts'
import { stream } from '../../runtime/values/random.ts'
import { clapp } from '../../rules/index.ts'
import { adamw, compile, conv, layer, local, program, relu } from '../../src/index.ts'
import { tinyProgram } from '../support/programs.ts'
import { randomImages } from '../support/random-images.ts'
import { idx, IDX_NAMES, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Who does the steps of a long run is measured at its start. */

const bundle = compile(tinyProgram({ dtype: 'float32', batch: 4 }), { shards: 2 })

describe('what is measured', () => {
  test('is nothing where somebody has said who does the steps, or on how many threads', () => {
    expect(isMeasured({})).toBe(true)
    expect(isMeasured({ provider: 'cpu' })).toBe(true)
    for (const said of [
      { parallel: 'threads' },
      { threads: 2 },
      { workers: 1 },
      { provider: 'cuda' },
    ] as const)
      expect(isMeasured(said)).toBe(false)
  })

  test('are the ways that a bundle allows, on as many cores', () => {
    const ways = (manifest: Parameters<typeof waysOf>[0], cores: number) =>
      waysOf(manifest, cores).map(({ parallel, threads }) => `${parallel} ${threads}`)
    expect(ways(bundle.manifest, 2)).toEqual(['threads 2', 'pipeline 1', 'shards 1'])
    expect(ways(bundle.manifest, 1)).toEqual(['threads 1'])
    const fused = compile(tinyProgram({ dtype: 'float32', batch: 4 }), { fused: true })
    expect(ways(fused.manifest, 2)).toEqual(['threads 2'])
  })
})

describe('what is chosen', () => {
  const [threads, shards] = [
    { parallel: 'threads', milliseconds: 40 },
    { parallel: 'shards', milliseconds: 22.06 },
  ] as const

  test('is the fastest, and the first where none is clearly faster', () => {
    expect(fastest([threads, shards])).toBe(shards)
    expect(fastest([threads, { ...shards, milliseconds: 39 }])).toBe(threads)
    expect(fastest([threads, shards, { parallel: 'pipeline', milliseconds: 22 }])).toBe(shards)
  })

  test('is told with what was measured', () => {
    expect(toldChoice({ chosen: 'shards', times: [threads, shards], seconds: 3.14 })).toBe(
      'a step takes 40 ms by threads, 22.1 ms by shards: shards it is, as with --parallel shards (measured in 3.1 s)',
    )
  })
})

describe('other ways than the first are measured', () => {
  test('where what is left takes a minute or more', () => {
    expect(isWorthwhile(59_999, 100, 2)).toBe(false)
    expect(isWorthwhile(60_000, 100, 2)).toBe(true)
  })

  test('where measuring them takes no more than a choice saves at least, a twentieth', () => {
    expect(isWorthwhile(100_000, 2500, 2)).toBe(true)
    expect(isWorthwhile(100_000, 2501, 2)).toBe(false)
    expect(isWorthwhile(100_000, 2501, 1)).toBe(true)
  })
})

describe('what a step takes', () => {
  /** Steps whose results come when they are said to, until it is enough; and how many of them were asked for. */
  const timed = async (milliseconds: (step: number) => number, stepsPerRun = 1) => {
    const { manifest } = bundle
    let [time, asked] = [0, 0]
    const run = async function* ({ to, signal }: RunOptions): AsyncGenerator<StepDone> {
      while (asked < to && signal?.aborted !== true) {
        await Promise.resolve()
        time += milliseconds(asked++)
        yield { step: asked, losses: {}, log: {}, milliseconds: 1, graphs: {}, values: undefined }
      }
    }
    const train = { ...manifest.train, stepsPerRun }
    const options = { bundle: { ...bundle, manifest: { ...manifest, train } }, totalSteps: 5000 }
    return { each: await timeSteps({ run }, options, { now: () => time }), asked }
  }

  test('is timed from the first to the last result once it is warm', async () => {
    expect(await timed((step) => (step < 4 ? 1 : 50))).toEqual({ each: 50, asked: 12 })
    const alternating = await timed((step) => (step % 2 === 0 ? 10 : 90))
    expect(alternating.each).toBe(50)
  })

  test('is of as many steps as take 200 ms, and of fewer that take a second', async () => {
    expect(await timed(() => 2)).toEqual({ each: 2, asked: 104 })
    expect(await timed(() => 400)).toEqual({ each: 400, asked: 8 })
  })

  test('is of whole runs of the graphs, of which all steps are done at once', async () => {
    expect(await timed((step) => (step % 4 === 0 ? 100 : 0), 4)).toEqual({ each: 25, asked: 24 })
  })
})

describe('measuring', () => {
  const options = { bundle, dataset: randomImages(40, 2, 8), seed: 3 }

  test('is not of a run too short to make up for it', async () => {
    const notices: string[] = []
    const way = await chosenWay(
      { ...options, totalSteps: LEAST_STEPS - 1 },
      { onNotice: (notice) => notices.push(notice) },
    )
    expect([way, notices]).toEqual([undefined, []])
  })

  /** A run of so many steps, by a clock that goes on by a second each time that it is read. */
  const chosen = async (totalSteps: number) => {
    let time = 0
    const [notices, choices]: [string[], Choice[]] = [[], []]
    const steps = { ...options, totalSteps }
    const now = () => (time += 1000)
    const way = await chosenWay(steps, { onNotice: (notice) => notices.push(notice), now })
    await chosenWay(steps, {
      onChoice: (choice) => choices.push({ ...choice, times: [...choice.times] }),
      now,
    })
    return { way, notices, choices }
  }

  const first = async (totalSteps: number) => {
    const trainer = await Trainer.create({ ...options, totalSteps, threads: 1 })
    const losses = await trainer.step(0)
    await trainer.release()
    return losses
  }

  test.runIf(availableCores() > 1)(
    'changes nothing: a run begins with the values that its seed gives',
    async () => {
      const before = await first(LEAST_STEPS)
      const { way, notices, choices } = await chosen(LEAST_STEPS)
      expect(await first(LEAST_STEPS)).toEqual(before)
      // By this clock all ways take as long: threads it is.
      expect(way?.parallel).toBe('threads')
      expect(notices).toEqual([
        expect.stringMatching(
          /^a step takes 1000 ms by threads, 1000 ms by pipeline, 1000 ms by shards: threads it is/,
        ),
      ])
      expect(choices.map(({ chosen, times }) => [chosen, times.length])).toEqual([
        [undefined, 0],
        ['threads', 3],
      ])
    },
  )

  test.runIf(availableCores() > 1)(
    'ends with the first way where the steps left take too little',
    async () => {
      // A clock that stands still but for ten milliseconds each time.
      let time = 0
      const choices: number[] = []
      const way = await chosenWay(
        { ...options, totalSteps: LEAST_STEPS },
        { onChoice: ({ times }) => choices.push(times.length), now: () => (time += 10) },
      )
      expect([way, choices]).toEqual([undefined, [0, 1]])
    },
  )

  test('is ended by a signal, whose reason is thrown', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(chosenWay({ ...options, totalSteps: LEAST_STEPS }, { signal: stop.signal })).rejects.toThrow(
      'enough',
    )
  })

  test.runIf(availableCores() > 1)('of a run that is stopped meanwhile begins none', async () => {
    const stop = new AbortController()
    const out = join(temporaryFolder(), 'run')
    const heard: Choice[] = []
    const onChoice = (choice: Choice) => {
      heard.push(choice)
      stop.abort(new Error('enough'))
    }
    const random = stream(0, 'images')
    const data = writeFiles(join(temporaryFolder(), 'data'), {
      [IDX_NAMES.trainImages]: idx(
        [8, 8, 8],
        Uint8Array.from({ length: 512 }, () => random.integer(256)),
      ),
      [IDX_NAMES.trainLabels]: idx([8], new Uint8Array(8)),
    })
    const grey = compile(
      program({
        input: { channels: 1, size: 8 },
        batch: 4,
        encoder: [layer('conv1', conv(2), relu()), layer('conv2', conv(2), relu())],
        learn: local(clapp()),
        optimizer: adamw({ lr: 1e-2 }),
      }),
    )
    const long = { bundle: grey, data, out, steps: LEAST_STEPS, onChoice, signal: stop.signal }
    await expect(train(long)).rejects.toThrow('enough')
    expect(heard.map(({ chosen }) => chosen)).toEqual([undefined])
    expect(existsSync(join(out, 'run.json'))).toBe(false)
  })
})
