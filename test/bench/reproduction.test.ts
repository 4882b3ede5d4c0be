import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { format, resolveConfig } from 'prettier'
import { adamw, compile, conv, layer, relu } from 'hebb'
import { variants as variantsOf } from '../../rules/recipes/variants.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { train } from '../../runtime/train/train.ts'
import { renderReport } from '../../report/index.ts'
import { baselinesOf, reproduceRun, type Reproducing } from '../../reproduction/reproduce-all.ts'
import { alongTraining, findRuns, type Wanted } from '../../reproduction/runs.ts'
import { pairsAlike } from '../../reproduction/order.ts'
import { reproductionPage } from '../../reproduction/page.ts'
import { reproducedSchema, type Reproduced, type Settings } from '../../reproduction/results.ts'
import { tellStored } from '../../reproduction/stored.ts'
import { reproductionTables } from '../../reproduction/tables.ts'
import { newFolder } from '../cli/run-hebb.ts'
import { idx, IDX_NAMES, writeFiles } from '../runtime/data-files.ts'

/** The paper's variants on images of 8 pixels, two epochs of one step each. */
const programs = variantsOf({
  name: 'tiny',
  input: { channels: 1, size: 8, classes: 2 },
  encoder: [layer('one', conv(2), relu()), layer('two', conv(3), relu())],
  pools: [4, 4],
  optimizer: adamw({ lr: 1e-2 }),
})
const settings: Settings = {
  ...{ probeEpochs: 1, area: 0.5, neighbours: 3, every: 1 },
  ...{ perClass: 5, shortEpochs: 2, batches: 1 },
}
const images = (count: number) =>
  Uint8Array.from(
    { length: 64 * count },
    (_, i) => (31 * i * (i + 7)) % (Math.floor(i / 64) % 2 === 0 ? 90 : 250),
  )
const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 2)

const folder = newFolder()
const data = join(folder, 'data')
const runs = join(folder, 'runs')
const wanted = (partial = true): Wanted => ({ programs, seeds: 1, partial })

async function reproducing() {
  const heard: string[] = []
  const commits: string[] = []
  const all: Reproducing = {
    ...{ folder: runs, programs, settings, threads: 1 },
    ...{ train: await openDataset(data, 'train'), test: await openDataset(data, 'test') },
    tell: (what) => heard.push(what),
    onCommit: (commit) => commits.push(commit),
  }
  return { all, heard, commits }
}

async function measure() {
  const { all, heard } = await reproducing()
  const { runs: found, open } = findRuns(runs, wanted())
  const measured = []
  for (const run of found) measured.push(await reproduceRun(run, all))
  const baselines = found[0] ? await baselinesOf(found[0], all) : []
  const result: Reproduced = reproducedSchema.parse({
    ...{ settings, steps: 1, measuredBy: [], baselines, runs: measured, open },
  })
  return { result, heard }
}

beforeAll(async () => {
  writeFiles(data, {
    [IDX_NAMES.trainImages]: idx([40, 8, 8], images(40)),
    [IDX_NAMES.trainLabels]: idx([40], labels(40)),
    [IDX_NAMES.testImages]: idx([10, 8, 8], images(10)),
    [IDX_NAMES.testLabels]: idx([10], labels(10)),
  })
  for (const name of ['plusPlus', 'backpropagation'] as const)
    await train({
      ...{ bundle: compile(programs[name]), data, out: join(runs, `${name}-0`) },
      ...{ epochs: 2, seed: 0, threads: 1, checkpointEvery: 1, keep: 9, tensorboard: false },
    })
})

describe('what is measured of runs', () => {
  test('are accuracies and cosines along training, and accuracy by the protocol at the end', async () => {
    const { result } = await measure()
    expect(result.runs.map(({ name, curve }) => [name, curve.map(({ epoch }) => epoch)])).toEqual([
      ['plusPlus', [0, 1, 2]],
      ['backpropagation', [0, 1, 2]],
    ])
    expect(result.runs.every(({ end }) => end !== undefined)).toBe(true)
    const [local, global] = result.runs
    expect(local?.curve.map(({ cosines }) => cosines?.layers.map(({ layer }) => layer))).toEqual(
      Array(3).fill(['one', 'two']),
    )
    expect(global?.curve.some(({ cosines }) => cosines)).toBe(false)
    expect(result.baselines.map(({ name }) => name)).toEqual(['pixels', 'untrained'])
  })

  test('is not measured again, and is the same from the files', async () => {
    const first = await measure()
    const again = await measure()
    expect(again.heard).toEqual([])
    expect(again.result).toEqual(first.result)
  })

  test('is measured again where a checkpoint is another one', async () => {
    await measure()
    const out = join(runs, 'plusPlus-0')
    rmSync(out, { recursive: true })
    const bundle = compile(programs.plusPlus)
    const options = { epochs: 2, seed: 0, threads: 1, checkpointEvery: 1, keep: 9, tensorboard: false }
    // Other steps follow from other images.
    const others = join(folder, 'others')
    writeFiles(others, {
      [IDX_NAMES.trainImages]: idx([40, 8, 8], images(40).reverse()),
      [IDX_NAMES.trainLabels]: idx([40], labels(40)),
    })
    await train({ bundle, data: others, out, ...options })
    const { heard } = await measure()
    expect(heard.filter((what) => what.startsWith('plusPlus-0')).length).toBeGreaterThan(4)
    expect(heard.filter((what) => what.startsWith('backpropagation'))).toEqual([])
  })

  test('is measured again where its file is damaged', async () => {
    await measure()
    const measured = join(runs, 'plusPlus-0', 'measured')
    const [file = ''] = readdirSync(measured)
    writeFileSync(join(measured, file), '{"subject": {}, "result"')
    expect((await measure()).heard).toHaveLength(1)
  })

  test('makes tables and a page', async () => {
    const { result } = await measure()
    const tables = reproductionTables(result)
    expect(tables).toContain(
      '**Under way:** withoutSpatial-0, directFeedback-0, both-0, infoNce-0 are not at the end yet.',
    )
    expect(tables).toMatch(/\| CLAPP\+\+ \| [\d.]+ \| [\d.]+ \| 80\.5 \|/)
    expect(tables).toContain('In the paper: BP-CLAPP++ < CLAPP++.')
    expect(await renderReport(reproductionPage(result, 'npx tsx'))).toContain('CLAPP++, seed 0')
  })
})

describe('runs', () => {
  test('that are missing are named', () => {
    expect(() => findRuns(runs, wanted(false))).toThrow(/withoutSpatial-0 is not there/)
    expect(() => findRuns(folder, wanted())).toThrow(/holds no run of a variant/)
  })

  test('of another program are refused', () => {
    const others = { ...programs, plusPlus: programs.both }
    expect(() => findRuns(runs, { ...wanted(), programs: others })).toThrow(
      /plusPlus-0 is the run of another program/,
    )
  })

  test('whose checkpoints were not kept are told', () => {
    const [run] = findRuns(runs, wanted()).runs
    if (!run) throw new Error('no run')
    expect(() => alongTraining({ ...run, checkpoints: [] }, 1)).toThrow(/has kept no checkpoint of step 1/)
    expect(alongTraining({ ...run, step: 0 }, 1)).toEqual([{ epoch: 0, checkpoint: undefined }])
  })
})

test('pairs that two rankings order alike are counted', () => {
  expect(pairsAlike([1, 2, 3], [10, 20, 30])).toEqual({ alike: 3, pairs: 3 })
  expect(pairsAlike([1, 2, 3], [30, 20, 10])).toEqual({ alike: 0, pairs: 3 })
  expect(pairsAlike([1, 2, 3], [1, 3, 2])).toEqual({ alike: 2, pairs: 3 })
})

test('the document has the stored figures of a quarter of the width, and says that they are', async () => {
  const document = join(import.meta.dirname, '../../docs/reproduction.md')
  const [, section] =
    /<!-- begin reproduction quarter -->([^]*)<!-- end reproduction quarter -->/.exec(
      readFileSync(document, 'utf8'),
    ) ?? []
  const wanted = await format(tellStored('quarter'), {
    ...(await resolveConfig(document)),
    filepath: document,
  })
  expect(section?.trim()).toBe(wanted.trim())
  expect(wanted).toContain('Stored, not measured now.')
})
