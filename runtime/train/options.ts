import type { Metrics } from '../files/metrics-line.ts'
import type { Listener } from '../given/hearing.ts'
import type { Saved } from '../files/sinks.ts'
import type { ProbeLine } from '../files/probe-line.ts'
import type { PlanOptions } from './run-plan.ts'

/** Where a training stands. */
export interface Progress {
  /** Steps done, of how many. */
  readonly step: number
  /** Of the whole run. */
  readonly totalSteps: number
  /** Steps in which every image is seen once. */
  readonly stepsPerEpoch: number
  /** The learning rate of the step. */
  readonly rate: number
  /** By layer. */
  readonly losses: Readonly<Record<string, number>>
  /** What the last probe found of the top layer: parts of the images that are classified rightly, in 0..1. */
  readonly probe?: { readonly step: number; readonly linear: number; readonly knn: number } | undefined
  /** Images that were learned from, a second. */
  readonly imagesPerSecond: number
  /** By the speed so far. */
  readonly secondsLeft: number
}

/** What `train` takes. */
export interface TrainOptions extends PlanOptions {
  /** Whether to go on from the run's checkpoint; default false. */
  readonly resume?: boolean
  /**
   * Steps in a run of the graphs, at most as many as the bundle was compiled for. 'auto', the default, measures at the start
   * what a run costs beside its steps where the bundle is for cuda, and otherwise takes that number. Same bits.
   */
  readonly stepsPerRun?: number | 'auto' | undefined
  /** A file in the text format of Prometheus, for node_exporter's textfile collector, that says how the training goes. */
  readonly prometheus?: string | undefined
  /** Hears of each step, as `metrics.jsonl` has it, once it is written there. */
  readonly onMetrics?: Listener<Metrics> | undefined
  /** Hears of each step where the training stands then. */
  readonly onProgress?: Listener<Progress> | undefined
  /** Hears of each checkpoint once it is there: large ones are written while training goes on. */
  readonly onCheckpoint?: Listener<Saved> | undefined
  /** Hears what was found each time that the network is looked at, as `probes.jsonl` has it. */
  readonly onProbe?: Listener<ProbeLine> | undefined
  /**
   * Stops after the run of the graphs under way, of one step or several, with a checkpoint: as a signal stops `hebb train`.
   * The summary then has `stopped`. While images are decoded, or ways to do a step are measured, there is no training yet to
   * stop: between two of them, the signal's reason is thrown, and no run is begun.
   */
  readonly signal?: AbortSignal | undefined
}

/** How a training ended. */
export interface TrainSummary {
  /** Steps that the run has done, earlier ones too. */
  readonly step: number
  /** Of the whole run. */
  readonly totalSteps: number
  /** Those that were done this time. */
  readonly newSteps: number
  /** That these took. */
  readonly seconds: number
  /** Of these, those for probes and losses on images set aside. */
  readonly lookedSeconds: number
  /** Of training alone; 0 where nothing was left to do. */
  readonly imagesPerSecond: number
  /** The last ones, by layer. */
  readonly losses: Readonly<Record<string, number>>
  /** What was found when the network was last looked at, if ever. */
  readonly probe?: ProbeLine | undefined
  /** Whether it was stopped before the last step. */
  readonly stopped: boolean
}
