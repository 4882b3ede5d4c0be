import { isThere } from '../../src/base/file-kind.ts'
import { truncateLines } from '../files/resume-metrics.ts'
import type { Accuracies, ProbeLine } from '../files/probe-line.ts'
import { probeLines, readProbes } from '../files/probes.ts'
import { runFiles, type RunFolder } from '../files/run-folder.ts'
import { startOfRun } from '../files/run-checkpoint.ts'
import { appendLines } from '../files/step-lines.ts'
import { Observer } from '../online/observer.ts'
import { untaught } from '../values/start.ts'
import { firstPlace } from './devices.ts'
import type { Values } from '../values/value-store.ts'
import type { RunLock } from '../files/run-lock.ts'
import type { Plan } from './run-plan.ts'

/** Epochs between measurements on images that were set aside, where nothing is said. */
const DEFAULT_EVERY = 1

/** Steps between measurements; undefined where nothing is measured. */
function interval({ probeEvery, validation }: Plan['settings'], stepsPerEpoch: number): number | undefined {
  if (probeEvery === undefined && validation === undefined) return undefined
  return Math.max(1, Math.round((probeEvery ?? DEFAULT_EVERY) * stepsPerEpoch))
}

export interface WatchOptions {
  readonly run: RunFolder
  readonly plan: Plan
  readonly lock: RunLock
  readonly stepsPerEpoch: number
  /** All that the training graphs read, as they stand. */
  readonly values: () => Promise<Values>
  readonly signal?: AbortSignal | undefined
  readonly onNotice: (notice: string) => void
  readonly onProbe?: ((line: ProbeLine) => void) | undefined
}

/** Probes and validation losses of a run while it is trained: when, and what of them is written down. */
export class Watching {
  private readonly options: WatchOptions
  private readonly every: number
  private readonly observer: Observer
  /** The last line. */
  last: ProbeLine | undefined

  private constructor(options: WatchOptions, every: number, observer: Observer) {
    this.options = options
    this.every = every
    this.observer = observer
    this.last = readProbes(runFiles(options.run.folder).probes).at(-1)
  }

  /** Of a run that stands at a step: later lines are forgotten. Undefined where nothing is to be measured. */
  static async open(options: WatchOptions): Promise<Watching | undefined> {
    const { run, plan, stepsPerEpoch, values, onNotice } = options
    const { dataset, aside, labelled, settings, from, bundle } = plan
    const { probes } = runFiles(run.folder)
    if (isThere(probes)) truncateLines(probes, probeLines, from, onNotice)
    const every = interval(settings, stepsPerEpoch)
    if (every === undefined) return undefined
    const { seed, probeEvery } = settings
    // What no training graph reads is as the run began.
    const started = run.record.init === undefined ? untaught(bundle.manifest, seed) : startOfRun(run).values
    const all = new Map([...started, ...(await values())])
    const session = firstPlace(settings)
    const watched = { bundle, dataset, aside, labelled, seed, probes: probeEvery !== undefined, ...session }
    return new Watching(options, every, await Observer.create(watched, all))
  }

  /** Whether the network is looked at after so many steps: before the first, after the last, and in between. */
  isDue(step: number): boolean {
    return step % this.every === 0 || step === this.options.plan.settings.totalSteps
  }

  /**
   * Looks at the network after so many steps, unless that was done before, or the work is stopped meanwhile. What cannot be
   * measured is told and written down, and training goes on.
   */
  async look(values: Values, step: number): Promise<ProbeLine | undefined> {
    const { run, lock, stepsPerEpoch, signal, onNotice, onProbe } = this.options
    if (this.last?.step === step) return undefined
    const began = performance.now()
    const found = await this.observer.observe(values, step, signal)
    if (!found) return undefined
    if (found.failure !== undefined)
      onNotice(
        `after step ${step}, ${found.failure}: ${runFiles(run.folder).probes} says so, and training goes on`,
      )
    const line: ProbeLine = {
      ...{ step, epoch: step / stepsPerEpoch, time: Date.now() / 1000 },
      milliseconds: Math.round(performance.now() - began),
      ...found,
    }
    lock.require()
    appendLines(runFiles(run.folder).probes, [line])
    this.last = line
    onProbe?.(line)
    return line
  }

  /** The last accuracies, of the top layer that has some. */
  get top(): (Accuracies & { readonly step: number }) | undefined {
    const { last } = this
    const names = this.options.plan.bundle.manifest.program.layers.map(({ name }) => name)
    const found = names.flatMap((name) => last?.layers?.[name] ?? []).at(-1)
    return last && found && { step: last.step, ...found }
  }

  release(): Promise<void> {
    return this.observer.release()
  }
}
