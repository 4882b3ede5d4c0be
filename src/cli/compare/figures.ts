import type { Metrics } from '../../../runtime/files/metrics-line.ts'
import { soundLines } from '../../../runtime/files/metrics.ts'
import { readProbes } from '../../../runtime/files/probes.ts'
import { runFiles, type RunFolder } from '../../../runtime/files/run-folder.ts'
import { foundNames, foundOf } from '../../../runtime/train/found-metric.ts'
import type { ProbeFile } from '../report/probe-file.ts'
import { onlyProgram, type AlignmentFile } from '../report/alignment-file.ts'

/** What was measured of a run, by name: `average.knn`, `conv1.loss`, `log.conv1.positive`, `conv1.cosine`, `seconds`. */
export type Figures = ReadonlyMap<string, number>

/** What is measured of each readout, as its figures end. */
export const measures = ['knn', 'linear', 'few'] as const

/** What figures of an encoder begin with that is not the trained one: of raw pixels nothing, as of the trained one. */
const beginnings = { none: '', trained: '', untrained: 'untrained.', given: 'untrained.' } as const

/** Accuracies from 0 to 1, by the readout's name: of raw pixels, and of the encoder as it is and as it started. */
export const probeFigures = ({ encoders }: ProbeFile): [string, number][] =>
  encoders.flatMap(({ encoder, results }) =>
    encoder === 'averaged'
      ? []
      : results.flatMap(({ probe, knn, linear, fewLabels }): [string, number][] => [
          [`${beginnings[encoder]}${probe}.knn`, knn],
          [`${beginnings[encoder]}${probe}.linear`, linear],
          [`${beginnings[encoder]}${probe}.few`, fewLabels.mean],
        ]),
  )

/** Of each layer, and their mean without what is 1 by construction. */
export function alignmentFigures(file: AlignmentFile): [string, number][] {
  const program = onlyProgram(file)
  if (!program) return []
  const rest = program.meanOfOthers ?? program.mean
  const isTaken = program.layers.some(({ layer }) => layer === 'mean')
  return [...program.layers, { layer: isTaken ? 'mean of layers' : 'mean', ...rest }].flatMap(
    ({ layer, cosine, ratio }) =>
      [[`${layer}.cosine`, cosine.mean] as const, [`${layer}.ratio`, ratio.mean] as const].flatMap(
        ([name, mean]): [string, number][] => (mean === null ? [] : [[name, mean]]),
      ),
  )
}

/** Of epochs as fractions, and far less than a step takes of one. */
const ROUNDING = 1e-9

/** The lines of the last epoch of a run: the others are forgotten as it goes on. */
function lastEpoch(lines: Iterable<Metrics>, see: (line: Metrics) => void): readonly Metrics[] {
  let recent: Metrics[] = []
  let room = 1000
  const forget = () => {
    const end = recent.at(-1)?.epoch ?? NaN
    // Fractions are rounded: what is an epoch before the last step is no part of the last epoch.
    recent = recent.filter(({ epoch }) => end - epoch < 1 - ROUNDING)
  }
  for (const line of lines) {
    see(line)
    recent.push(line)
    if (recent.length < room) continue
    forget()
    room = 1000 + 2 * recent.length
  }
  forget()
  return recent
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** What the steps of a run say: losses as means over its last epoch, and the time of all steps, where they tell it. */
export function stepFigures(folder: string): [string, number][] {
  const times = { milliseconds: 0, isWhole: true }
  const last = lastEpoch(soundLines(runFiles(folder).metrics), ({ milliseconds }) => {
    if (milliseconds === undefined) times.isWhole = false
    else times.milliseconds += milliseconds
  })
  const { losses = {}, log = {} } = last.at(-1) ?? {}
  // Rules call them what they like, a cosine for instance, which is none of alignment.
  const logged = Object.entries(log).flatMap(([layer, values]) =>
    Object.keys(values).map((name): [string, number] => [
      `log.${layer}.${name}`,
      meanOf(last.flatMap(({ log }) => log?.[layer]?.[name] ?? [])),
    ]),
  )
  const isTimed = times.isWhole && last.length > 0
  return [
    ...Object.keys(losses).map((layer): [string, number] => [
      `${layer}.loss`,
      meanOf(last.flatMap(({ losses }) => losses[layer] ?? [])),
    ]),
    ...logged,
    ...(isTimed ? [['seconds', times.milliseconds / 1000] satisfies [string, number]] : []),
  ]
}

/** Losses on images that were set aside, by the trained network: `validation.loss`, `validation.conv1.loss`. */
export function validationFigures({ folder, record, bundle }: RunFolder): [string, number][] {
  const line = readProbes(runFiles(folder).probes).find(({ step }) => step === record.totalSteps)
  if (!line) return []
  return foundNames(bundle.manifest, { validation: record.validation }).flatMap(
    (name): [string, number][] => {
      const value = foundOf(name, line)
      return value === undefined ? [] : [[name, value]]
    },
  )
}
