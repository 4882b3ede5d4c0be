import { join } from 'node:path'
import { hashFile } from '../runtime/data/cache/file-hash.ts'
import { digest } from '../runtime/data/cache/digest.ts'
import { fingerprint } from '../runtime/data/cache/fingerprint.ts'
import { loadCheckpoint } from '../runtime/files/checkpoint.ts'
import { initialValues, untaught } from '../runtime/values/start.ts'
import { at } from '../src/base/lists.ts'
import { cosinesOf, probeByProtocol, probePixelsByProtocol, probeShortly, type Measuring } from './measure.ts'
import { remembered, type Subject } from './remembered.ts'
import { alongTraining, runName, type FoundRun, type Wanted } from './runs.ts'
import { accuracySchema, cosinesSchema } from './results.ts'
import type { Baseline, MeasuredRun, Point } from './results.ts'
import type { Values } from '../runtime/values/value-store.ts'
import type { KeptCheckpoint } from '../runtime/files/kept.ts'

/** Raised where the same subject is measured otherwise than before. */
const METHOD = 1

export interface Reproducing extends Measuring, Pick<Wanted, 'programs'> {
  /** The folder of all runs. */
  readonly folder: string
  /** Hears what is looked at. */
  readonly tell: (what: string) => void
  /** Hears of each commit that measured. */
  readonly onCommit: (commit: string) => void
}

/** A place in a run: what its values are told by, and the values. */
interface Place {
  readonly checkpoint: string
  readonly values: () => Values
}

/** Measures all of a run that was not measured before: along training first, which is quick. */
export async function reproduceRun(found: FoundRun, all: Reproducing): Promise<MeasuredRun> {
  const { name, seed, run, step, stepsPerEpoch } = found
  const { settings } = all
  const measured = measurer(join(run.folder, 'measured'), all)
  const images = await hashesOf(all)
  const program = all.programs[name]
  const curve: Point[] = []
  for (const { epoch, checkpoint } of alongTraining(found, settings.every)) {
    const place = placeIn(found, checkpoint)
    const of = { method: METHOD, checkpoint: place.checkpoint, ...images, seed }
    const told = `${runName(name, seed)}, epoch ${epoch}`
    const { neighbours, perClass, shortEpochs, batches } = settings
    const accuracy = await measured(
      told,
      { what: 'short probe', ...of, bundle: run.bundle.digest, neighbours, perClass, shortEpochs },
      accuracySchema,
      () => probeShortly(run.bundle, place.values(), seed, all),
    )
    const isLocal = run.bundle.manifest.program.credit === 'local'
    const cosines = isLocal
      ? await measured(
          told,
          { what: 'alignment', ...of, identity: run.record.identity, batches },
          cosinesSchema,
          () => cosinesOf(program, place.values(), seed, all),
        )
      : undefined
    curve.push({ epoch, step: epoch * stepsPerEpoch, accuracy, ...(cosines ? { cosines } : {}) })
  }
  const end = found.isFinished
    ? await atEnd(measured, `${runName(name, seed)}, its end`, found, all)
    : undefined
  return { name, seed, step, totalSteps: run.record.totalSteps, ...(end ? { end } : {}), curve }
}

async function atEnd(measured: Measured, told: string, found: FoundRun, all: Reproducing) {
  const { run, seed, checkpoints } = found
  const last = placeIn(found, at(checkpoints, checkpoints.length - 1))
  return measured(told, await protocol(last.checkpoint, run.bundle.digest, seed, all), accuracySchema, () =>
    probeByProtocol(run.bundle, last.values(), seed, all),
  )
}

/** Raw pixels, and the encoder as the seed of a run starts it: the same for every variant. */
export async function baselinesOf(found: FoundRun, all: Reproducing): Promise<Baseline[]> {
  const { run, seed } = found
  const { bundle } = run
  const measured = measurer(join(all.folder, 'measured'), all)
  const start = placeIn(found, undefined)
  const encoder = bundle.manifest.encode.parameters.map(({ name }) => name)
  const started = digest(
    ...encoder.flatMap((name) => {
      const value = start.values().get(name)
      return value
        ? [name, new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength)]
        : []
    }),
  )
  const pixels = await measured(
    `raw pixels, seed ${seed}`,
    await protocol('pixels', 'none', seed, all),
    accuracySchema,
    () => probePixelsByProtocol(bundle, seed, all),
  )
  const untrained = await measured(
    `untrained encoder, seed ${seed}`,
    await protocol(started, 'encoder', seed, all),
    accuracySchema,
    () => probeByProtocol(bundle, start.values(), seed, all),
  )
  return [
    { name: 'pixels', seed, end: pixels },
    { name: 'untrained', seed, end: untrained },
  ]
}

const protocol = async (
  checkpoint: string,
  bundle: string,
  seed: number,
  all: Reproducing,
): Promise<Subject> => {
  const { probeEpochs, area, neighbours } = all.settings
  const what = { what: 'probe by protocol', method: METHOD, checkpoint, bundle }
  return { ...what, ...(await hashesOf(all)), seed, probeEpochs, area, neighbours }
}

const hashesOf = async ({ train, test }: Measuring) => ({
  train: await fingerprint(train),
  test: await fingerprint(test),
})

function placeIn({ run, seed }: FoundRun, checkpoint: KeptCheckpoint | undefined): Place {
  const { bundle } = run
  if (checkpoint === undefined)
    return {
      checkpoint: 'start',
      values: () =>
        new Map([...untaught(bundle.manifest, seed), ...initialValues(bundle.manifest.train, seed)]),
    }
  return {
    checkpoint: hashFile(checkpoint.path),
    values: () => loadCheckpoint(checkpoint.path, bundle).values,
  }
}

type Measured = ReturnType<typeof measurer>

const measurer =
  (folder: string, { tell, onCommit }: Reproducing) =>
  async <Result>(
    told: string,
    subject: Subject,
    schema: Parameters<typeof remembered<Result>>[2],
    measure: () => Promise<Result>,
  ): Promise<Result> => {
    const { result, commit } = await remembered(folder, subject, schema, () => {
      tell(`${told}: ${String(subject.what)}`)
      return measure()
    })
    onCommit(commit)
    return result
  }
