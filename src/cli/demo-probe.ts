import { openDataset } from '../../runtime/data/open.ts'
import { probeEncoder, probePixels, type ProbeResult } from '../../runtime/probe/probe.ts'
import { loadRunCheckpoint, type RunFolder } from '../../runtime/files/run-folder.ts'
import { initialValues } from '../../runtime/values/start.ts'
import type { Program } from '../lang/program.ts'
import { placeOf, type SessionOptions } from '../../runtime/session/options.ts'
import type { TrainSummary } from '../../runtime/train/train.ts'
import type { Values } from '../../runtime/values/value-store.ts'

export interface TrainedProgram {
  readonly program: Program
  readonly run: RunFolder
  readonly summary: TrainSummary
}

/** A way to make features, and what probes say of them. */
export interface Probed {
  readonly name: string
  readonly baseline: boolean
  readonly results: readonly ProbeResult[]
}

export interface SeedResults {
  readonly seed: number
  readonly trained: readonly TrainedProgram[]
  readonly probed: readonly Probed[]
}

/** Probes raw pixels, the encoder as the seed starts it, and the trained encoders, all by the same code; undefined where stopped. */
export async function probeSeed(
  trained: readonly TrainedProgram[],
  data: string,
  seed: number,
  session: SessionOptions,
  signal: AbortSignal,
): Promise<SeedResults | undefined> {
  const [first] = trained
  if (!first) throw new Error('nothing was trained')
  const images = { train: await openDataset(data, 'train'), test: await openDataset(data, 'test') }
  const probe = ({ bundle }: RunFolder, values: Values) =>
    probeEncoder(values, { bundle, ...images, seed, ...placeOf(session) })
  const valued = trained.map((each) => ({
    ...each,
    before: initialValues(each.run.bundle.manifest.train, seed),
    after: loadRunCheckpoint(each.run).values,
  }))
  const [start = new Map()] = valued.map(({ before }) => before)
  const pixels = async () => [
    await probePixels({ bundle: first.run.bundle, ...images, seed, ...placeOf(session) }),
  ]
  const all = [
    { name: 'raw pixels', baseline: true, make: pixels },
    // All programs have the same encoder, so one untrained encoder stands for all.
    { name: 'untrained', baseline: true, make: () => probe(first.run, start) },
    ...valued.map(({ program, run, after }) => ({
      ...{ name: program.name, baseline: false },
      make: () => probe(run, after),
    })),
  ]
  const probed: Probed[] = []
  for (const { name, baseline, make } of all) {
    if (signal.aborted) return undefined
    probed.push({ name, baseline, results: await make() })
  }
  return { seed, trained, probed }
}
