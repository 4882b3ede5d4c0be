import { findData } from '../../../runtime/data/open.ts'
import { openRun, runFiles, type RunFolder } from '../../../runtime/files/run-folder.ts'
import { imagesOfRun } from '../../../runtime/train/reopen.ts'
import { without } from '../../base/without.ts'
import { isThere } from '../../base/file-kind.ts'
import { preparingVisibly } from '../preparing.ts'
import { tell } from '../shown.ts'
import { tellSummary, trainVisibly } from '../train-visibly.ts'
import { bundleOfRun } from './bundle-of-run.ts'
import { requireProbes } from './probes-possible.ts'
import { finishedCheckpoint, requireExpected, requireSameRun, stepsAsked } from './same-run.ts'
import { judging, type Flags } from './flags.ts'

/** What the training is not given as it is: paths, and how the program is compiled. */
const compiling = ['data', 'out', 'expect', 'shards', 'timeout', 'set'] as const

/** A run, and the checksum of the checkpoint that it has come to. */
export interface Finished {
  readonly run: RunFolder
  readonly checkpoint: string
}

/** Trains a run, which keeps the words of the command, or goes on with it; undefined where it was stopped. */
export async function trainRun(
  program: string,
  flags: Flags,
  words: readonly string[],
): Promise<Finished | undefined> {
  const { data, out, expect } = flags
  const source = await findData(data)
  const resume = isThere(runFiles(out).record)
  const bundle = await bundleOfRun(program, flags, source, !resume)
  if (expect !== undefined) requireExpected(bundle, expect, program)
  if (resume) {
    const run = openRun(out)
    requireSameRun(run, { ...flags, steps: await stepsAsked(run, source, flags) }, bundle, program)
    const checkpoint = finishedCheckpoint(run)
    if (checkpoint !== undefined) {
      // Whoever trains on asks for its images; of one that is trained, others would be told to be what it knows of these.
      const { onProgress: onPreparing, onNotice } = preparingVisibly()
      await imagesOfRun(run, { out, data: source, split: flags.split, onPreparing, onNotice })
      tellIgnored(run, flags)
      return { run, checkpoint }
    }
  }
  if (!resume) await requireProbes(bundle, source, flags.labels)
  const { seed, epochs, steps, init, initLayers, ...kept } = without(flags, ...judging, ...compiling)
  const begun = { bundle, command: words, seed, epochs, steps, init, initLayers }
  const again = 'the same command'
  const summary = await trainVisibly({ out, data: source, ...kept, ...(resume ? { resume } : begun) }, again)
  if (!summary) return undefined
  tellSummary(summary, out, again)
  const run = openRun(out)
  const checkpoint = finishedCheckpoint(run)
  return checkpoint === undefined ? undefined : { run, checkpoint }
}

/** What a run was trained with is told to be so where a command that finds it trained says otherwise. */
function tellIgnored({ record }: RunFolder, flags: Flags): void {
  const { tensorboard = true } = record
  const trained = { ...record, tensorboard }
  const names = ['probeEvery', 'keep', 'keepBest', 'checkpointEvery', 'tensorboard'] as const
  const other = names.filter((name) => flags[name] !== undefined && flags[name] !== trained[name])
  if (other.length === 0) return
  const shown = other.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
  tell(`${record.program} is trained already: ${shown.join(', ')} came too late, and changed nothing`)
}
