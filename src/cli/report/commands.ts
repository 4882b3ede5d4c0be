import { at } from '../../base/lists.ts'
import { lengthsOf, type RunRecord } from '../../../runtime/files/run-record.ts'
import { isProgramPath } from '../load-program.ts'
import { ownCommand } from '../shell-word.ts'
import { reportFiles } from './report-files.ts'
import type { Told } from '../../../report/index.ts'
import type { AlignmentFile, MeasuredProgram } from './alignment-file.ts'
import type { OpenedRun } from './opened.ts'
import type { ProbeFigures } from './probe-file.ts'

/** Commands that make a run, and what is on its page, again. */

const optional = (flag: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [flag, String(value)]

/** The words of the command that began a run, behind `hebb`. */
const wordsOf = ({ command }: RunRecord): readonly string[] | undefined => command?.slice(1)

/** As it was given; undefined where it was no command. */
export const begunBy = (record: RunRecord): string | undefined => {
  const words = wordsOf(record)
  return words && ownCommand(words)
}

const isByRun = (record: RunRecord): boolean => wordsOf(record)?.[0] === 'run'

/** The file of the program, where the command that began the run named it. */
export function programOf(record: RunRecord): string | undefined {
  const named = wordsOf(record)?.[1]
  return named !== undefined && isProgramPath(named) ? named : undefined
}

/** Measures every layer by probes, with all that the page shows of them. */
export const probeCommand = (folder: string, ...more: readonly string[]): string =>
  ownCommand(['probe', folder, '--layers', ...more, '--json', reportFiles(folder).probe])

const probeAgain = ({ folder, record }: OpenedRun['run'], { data, settings }: ProbeFigures): string => {
  const { k, labels, epochs, seed, validation, crops, average = false } = settings
  return probeCommand(
    folder,
    ...(data === record.data ? [] : optional('--data', data)),
    ...['--k', String(k), '--labels', String(labels), '--epochs', String(epochs), '--seed', String(seed)],
    ...optional('--validation', validation),
    ...optional('--crops', crops),
    ...(average ? ['--average'] : []),
  )
}

/** Compares updates with backpropagation. Who is not told the program's file has to put it in. */
export function alignCommand({ folder, record }: OpenedRun['run'], ...more: readonly string[]): string {
  const path = programOf(record)
  const rest = ['--checkpoint', folder, ...more, '--json', reportFiles(folder).alignment]
  return ownCommand(['align', path ?? 'PROGRAM', ...rest])
}

/** The same by `hebb run`: with all its words, where it began the run. */
export function alignedRun(record: RunRecord): string {
  const words = wordsOf(record)
  if (!words || !isByRun(record) || programOf(record) === undefined) return 'npx hebb run … --align'
  return ownCommand(words.includes('--align') ? words : [...words, '--align'])
}

/** How figures of a run were measured, and all of it at once. */
export function commandsOf(
  { run }: OpenedRun,
  probes: ProbeFigures | undefined,
  measured: { readonly file: AlignmentFile; readonly program: MeasuredProgram } | undefined,
): readonly Told[] {
  const { record } = run
  const begun = isByRun(record) ? begunBy(record) : undefined
  return [
    ...(probes ? [{ what: 'Probes it.', command: probeAgain(run, probes) }] : []),
    ...(measured
      ? [
          {
            what: 'Compares its updates with backpropagation.',
            command: alignCommand(
              run,
              ...['--batches', String(measured.file.batches), '--seed', String(measured.file.seed)],
            ),
          },
        ]
      : []),
    ...(begun === undefined
      ? []
      : [
          {
            what: 'Did all of it, in the folder that its paths begin at; it goes on where it was stopped, and does nothing twice.',
            command: begun,
          },
        ]),
  ]
}

/**
 * Trains the same bits again into another folder, by nothing but what the run's folder and its data hold; undefined of
 * a run that was made longer before it had come to its end, which no command does again.
 */
export function commandOf({ run: { folder, record } }: OpenedRun): string | undefined {
  const { data, split, seed, provider, devices, threads, checkpointEvery, keep, keepBest, init } = record
  const lengths = lengthsOf(record)
  const isPlain = lengths.every(({ from }, i) => from === (i === 0 ? 0 : lengths[i - 1]?.steps))
  if (!isPlain) return undefined
  const out = `${folder.replace(/[\\/]+$/, '')}-again`
  const start = [
    ...['train', `${folder}/bundle`, '--data', data, '--split', split, '--out', out],
    ...['--steps', String(at(lengths, 0).steps), '--seed', String(seed)],
    ...['--provider', provider, '--threads', String(threads), '--checkpoint-every', String(checkpointEvery)],
    ...(devices && devices[0] !== 0 ? ['--device', String(devices[0])] : []),
    ...optional('--parallel', record.parallel),
    ...(record.tf32 === true ? ['--tf32'] : []),
    ...[...optional('--keep', keep), ...optional('--keep-best', keepBest)],
    ...optional('--probe-every', record.probeEvery),
    ...optional('--validation', record.validation),
    ...(record.tensorboard === false ? ['--no-tensorboard'] : []),
    ...[...optional('--init', init?.weights), ...optional('--init-layers', init?.layers?.join(','))],
  ]
  const goingOn = lengths
    .slice(1)
    .map(({ steps }) => ownCommand(['train', '--resume', '--out', out, '--steps', String(steps)]))
  return [ownCommand(start), ...goingOn].join(' &&\n')
}
