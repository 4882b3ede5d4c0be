import type { Accuracies, ProbeLine } from '../../runtime/files/probe-line.ts'
import { isThere } from '../base/file-kind.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { toldConnection } from '../../runtime/train/told-connection.ts'
import { toldChoice, type Choice } from '../../runtime/train/choose.ts'
import { train, type TrainOptions, type TrainSummary } from '../../runtime/train/train.ts'
import { printable } from '../base/printable.ts'
import { writeLines } from './drawn.ts'
import { canGoOn, goesOn as goesOnWith } from './goes-on.ts'
import { interruptible } from './interrupt.ts'
import { isJson, tellEvent } from './log.ts'
import { preparingVisibly } from './preparing.ts'
import { progressShown, tell } from './shown.ts'
import { duration, plural } from './units.ts'

/** The command that goes on with a run of `hebb train`. */
const resuming = (out: string): string => `hebb train --resume --out ${out}`

/**
 * Trains with a bar or lines of progress. Ctrl-C stops after a step, with a checkpoint; while images are prepared, between
 * two of them.
 *
 * @param again the command that goes on with it once there is a run
 * @returns undefined where it was stopped before there was anything to train on, which is told
 */
export async function trainVisibly(
  options: TrainOptions,
  again = resuming(options.out),
): Promise<TrainSummary | undefined> {
  const { out, resume = false } = options
  const goesOn = (how: string) => {
    canGoOn({ how: `${again} ${how}`, of: { run: out } })
  }
  if (resume) goesOn('goes on from the last checkpoint')
  let [isPrepared, isMeasuring] = [false, false]
  const visibly = async (signal: AbortSignal) => {
    const progress = progressShown()
    const { onProgress, onNotice } = preparingVisibly()
    try {
      const summary = await train({
        ...{ ...options, signal, onNotice, onConnection: tellConnection, ...events(goesOn) },
        onPreparing: (preparing) => {
          onProgress(preparing)
          isPrepared = preparing.done === preparing.total
        },
        onData: (description) => {
          tell(description)
          isPrepared = true
        },
        onChoice: (choice) => {
          isMeasuring = choice.chosen === undefined
          tellChoice(choice)
        },
        onProgress: (now) => {
          // The run is there since its first step.
          if (!resume && goesOnWith() === undefined) goesOn('begins again with its first step')
          progress.update(now)
        },
      })
      goesOn('goes on')
      return summary
    } finally {
      progress.stop()
    }
  }
  const notice = () =>
    isPrepared && !isMeasuring
      ? 'Stopping after this step, with a checkpoint.'
      : 'Stopping before the training begins.'
  const summary = await interruptible(notice, visibly, ({ stopped }) => stopped)
  if (!summary) {
    // With hosts, it is there before its first step.
    if (!resume && isThere(runFiles(out).record)) goesOn('begins again with its first step')
    tellUnbegun(meanwhile({ isMeasuring, isPrepared }))
  }
  return summary
}

const meanwhile = ({ isMeasuring, isPrepared }: Readonly<Record<string, boolean>>): string =>
  isMeasuring
    ? 'the ways to do a step were measured'
    : isPrepared
      ? 'hosts were waited for'
      : 'images were prepared'

/** Says what is heard of the server of hosts. */
const tellConnection: TrainOptions['onConnection'] = (told) => {
  const message = toldConnection[told]
  if (isJson()) tellEvent('warning', told, { message })
  else writeLines(message)
}

/** Says who does the steps, where there was a choice. */
function tellChoice({ chosen, times, seconds }: Choice): void {
  if (chosen === undefined || times.length < 2) return
  const message = toldChoice({ chosen, times, seconds })
  if (isJson()) tellEvent('info', 'choice', { chosen, ways: times, seconds, message })
  else writeLines(message)
}

/** Says that a training was stopped before it began: what was decoded until then is decoded again. */
function tellUnbegun(meanwhile: string): void {
  const known = goesOnWith()
  const message = `stopped while ${meanwhile}; ${known?.how ?? 'no run was begun'}`
  if (isJson()) tellEvent('info', 'stopped', { ...known?.of, message }, process.stdout)
  else console.log(message)
}

/** Checkpoints are heard of by all; what has no line of text, only by a log of events. */
const events = (goesOn: (how: string) => void): Pick<TrainOptions, 'onCheckpoint' | 'onProbe'> => ({
  onCheckpoint: (saved) => {
    goesOn(`goes on from step ${saved.step}`)
    if (isJson()) tellEvent('info', 'checkpoint', saved)
  },
  ...(isJson()
    ? {
        onProbe: (found) => {
          tellEvent('info', 'probe', found)
        },
      }
    : {}),
})

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
  again = resuming(out),
): string {
  if (!stopped && newSteps === 0) return `all ${plural(step, 'step')} of ${out} were done already`
  const after = step === 0 ? 'before the first step' : `after step ${step}`
  const ended = stopped ? `stopped ${after} of ${totalSteps}` : `trained ${plural(step, 'step')}`
  const now = newSteps === step ? '' : newSteps === 0 ? ', where it began,' : `, ${newSteps} of them now,`
  const speed = newSteps === 0 ? '' : `; ${Math.round(imagesPerSecond)} images/s`
  const looking = lookedSeconds === 0 ? '' : `, ${duration(lookedSeconds)} of it for probes and losses`
  const shown = Object.entries(losses).map(([layer, loss]) => `${printable(layer)} ${loss.toPrecision(4)}`)
  return [
    `${ended}${now} in ${duration(seconds)}${looking}${speed}`,
    ...(shown.length > 0 ? [`last losses: ${shown.join(', ')}`] : []),
    ...(probe ? probeText(probe) : []),
    stopped ? `go on with: ${again}` : `the run is in ${out}`,
  ].join('\n')
}
