import { openRunCheckpoint, openRun, type RunFolder } from '../../../runtime/files/run-folder.ts'
import { startOfRun } from '../../../runtime/files/run-checkpoint.ts'
import { allValues, startOf } from '../../../runtime/values/start.ts'
import { copy } from '../../../runtime/values/tensor.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { ValueSource } from '../../../runtime/values/value-source.ts'
import type { Values } from '../../../runtime/values/value-store.ts'

/** A run as its page shows it: what its encoder and its own classifiers read, before training and now. */
export interface OpenedRun {
  readonly run: RunFolder
  /** Steps done, as the last checkpoint has them; 0 where there is none yet. */
  readonly step: number
  /** Of the last checkpoint. */
  readonly checksum: string | undefined
  readonly before: Values
  /** Undefined where there is no checkpoint yet. */
  readonly after: Values | undefined
}

/** @throws UserError as `openRun` and `openRunCheckpoint` */
export function openForReport(folder: string): OpenedRun {
  const run = openRun(folder)
  const section = readByEncoder(run)
  const given = run.record.init === undefined ? undefined : startOfRun(run).values
  const start = startOf(section, run.record.seed, given)
  const before = allValues(section, start)
  const checkpoint = openRunCheckpoint(run)
  if (!checkpoint) return { run, step: 0, checksum: undefined, before, after: undefined }
  try {
    const { step, checksum } = checkpoint
    // What nothing teaches is in no checkpoint: it is as it started.
    const after = step === 0 ? undefined : allValues(section, eitherOf(checkpoint.values, before))
    return { run, step, checksum, before, after }
  } finally {
    checkpoint.close()
  }
}

/** Not the states of the optimizer, which are twice as large as all else. */
function readByEncoder({ bundle: { manifest } }: RunFolder): Pick<Section, 'parameters' | 'states'> {
  const sections = [manifest.encode, ...(manifest.logits ? [manifest.logits] : [])]
  const unique = <Named extends { readonly name: string }>(all: readonly Named[]): Named[] => [
    ...new Map(all.map((each) => [each.name, each])).values(),
  ]
  return {
    parameters: unique(sections.flatMap(({ parameters }) => parameters)),
    states: unique(sections.flatMap(({ states }) => states)),
  }
}

const eitherOf = (first: ValueSource, others: Values): ValueSource => ({
  fill: (name, zeros) => {
    if (first.fill(name, zeros)) return true
    const value = others.get(name)
    if (value) copy(value.data, zeros)
    return value !== undefined
  },
})
