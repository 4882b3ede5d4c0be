import type { Accuracies, ProbeLine } from '../../runtime/files/probes.ts'
import { train, type TrainOptions, type TrainSummary } from '../../runtime/train/train.ts'
import { printable } from '../base/printable.ts'
import { interruptible } from './interrupt.ts'
import { isJson, tellEvent } from './log.ts'
import { preparingVisibly } from './preparing.ts'
import { progressShown, tell } from './shown.ts'
import { duration, plural } from './units.ts'

/** Trains with a bar or lines of progress; Ctrl-C stops after a step, with a checkpoint. */
export const trainVisibly = (options: TrainOptions): Promise<TrainSummary> => {
  const notice = 'Stopping after this step, with a checkpoint. Ctrl-C again stops at once.'
  const visibly = async (signal: AbortSignal) => {
    const progress = progressShown()
    try {
      const { onProgress: onPreparing, onNotice } = preparingVisibly()
      const shown = { onPreparing, onNotice, onData: tell, onProgress: progress.update, ...events() }
      return await train({ ...options, signal, ...shown })
    } finally {
      progress.stop()
    }
  }
  return interruptible(notice, visibly, ({ stopped }) => stopped)
}

/** What only a log of events has a line for. */
const events = (): Pick<TrainOptions, 'onCheckpoint' | 'onProbe'> =>
  isJson()
    ? {
        onCheckpoint: (saved) => {
          tellEvent('info', 'checkpoint', saved)
        },
        onProbe: (found) => {
          tellEvent('info', 'probe', found)
        },
      }
    : {}

const images = {
  training: 'images that it trains on',
  validation: 'images set aside',
  labelled: 'images with labels',
} as const

/** What was found when the network was last looked at. */
function probeText({ validation, layers = {}, all, images: seen }: ProbeLine): string[] {
  const losses = Object.entries(validation ? validation.losses : {})
  const part = (value: number) => (100 * value).toFixed(1)
  const accuracies = ([name, { linear, knn }]: readonly [string, Accuracies]) =>
    `${printable(name)} ${part(linear)} and ${part(knn)}`
  const found = [...Object.entries(layers), ...(all ? [['all layers', all] as const] : [])]
  return [
    ...(validation && losses.length > 0
      ? [
          `losses on ${validation.images} images set aside: ${losses.map(([layer, loss]) => `${printable(layer)} ${loss.toPrecision(4)}`).join(', ')}`,
        ]
      : []),
    ...(seen && found.length > 0
      ? [
          `probes on ${seen.judged} ${images[seen.from]}, % by a linear classifier and by neighbours: ${found.map(accuracies).join(', ')}`,
        ]
      : []),
  ]
}

/** Says how a training ended, on standard output. */
export function tellSummary(summary: TrainSummary, out: string, again?: string): void {
  if (!isJson()) {
    console.log(summaryText(summary, out, again))
    return
  }
  const event = summary.stopped ? 'stopped' : 'trained'
  tellEvent('info', event, { run: out, ...summary }, process.stdout)
}

/** How a training ended; `again` is the command that goes on with one that was stopped. */
function summaryText(
  {
    step,
    totalSteps,
    newSteps,
    seconds,
    lookedSeconds,
    imagesPerSecond,
    losses,
    probe,
    stopped,
  }: TrainSummary,
  out: string,
  again = `hebb train --resume --out ${out}`,
): string {
  if (!stopped && imagesPerSecond === 0) return `all ${plural(step, 'step')} of ${out} were done already`
  const after = step === 0 ? 'before the first step' : `after step ${step}`
  const ended = stopped ? `stopped ${after} of ${totalSteps}` : `trained ${plural(step, 'step')}`
  const now = newSteps === step ? '' : `, ${newSteps} of them now,`
  const looking = lookedSeconds === 0 ? '' : `, ${duration(lookedSeconds)} of it for probes and losses`
  const shown = Object.entries(losses).map(([layer, loss]) => `${printable(layer)} ${loss.toPrecision(4)}`)
  return [
    `${ended}${now} in ${duration(seconds)}${looking}; ${Math.round(imagesPerSecond)} images/s`,
    ...(shown.length > 0 ? [`last losses: ${shown.join(', ')}`] : []),
    ...(probe ? probeText(probe) : []),
    stopped ? `go on with: ${again}` : `the run is in ${out}`,
  ].join('\n')
}
