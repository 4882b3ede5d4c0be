import type { Bundle } from '../../src/bundle/bundle.ts'
import type { DataSource } from '../data/format.ts'
import type { Listener } from '../given/hearing.ts'
import type { ConnectionTold } from '../hosts/connection-told.ts'
import type { LayersOptions } from '../hosts/layers/options.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Choice } from './choose.ts'
import type { GivenStart } from './given-start.ts'
import type { Parallel } from './parallel.ts'
import type { DataOptions } from './training-data.ts'

/** What identifies a run, and its length. */
export interface PlanOptions extends SessionOptions, DataOptions {
  /** A bundle, compiled or loaded, or the folder of one; not needed to resume. */
  readonly bundle?: string | Bundle
  /** Data set: `PATH`, `KIND:PATH` or `mine.ts#dataset`, or as `findData` found it; a resumed run knows its own. */
  readonly data?: string | DataSource
  /** Folder of the run. */
  readonly out: string
  /** Length of the run, in one of two ways; default 10 epochs. Of a resumed run: a new one, from the first step. */
  readonly epochs?: number | undefined
  readonly steps?: number | undefined
  readonly seed?: number | undefined
  /** Steps between checkpoints; default: an epoch. One more is written at the end and when stopped. */
  readonly checkpointEvery?: number | undefined
  /** Weights that the encoder of a new run starts with: the folder of a run, or a file of safetensors. */
  readonly init?: GivenStart['init'] | undefined
  /** The layers that are given weights; default: all. */
  readonly initLayers?: GivenStart['initLayers']
  /** How many checkpoints are kept by number, the last ones; default: the very last alone, without one. */
  readonly keep?: number | undefined
  /**
   * Keeps the best checkpoint, too, by `loss` or that of a layer, `conv1.loss`: the smallest mean since the one before; or
   * by what was found while it trained: `validation.loss`, `probe.linear`, `probe.conv1.knn`.
   */
  readonly keepBest?: string | undefined
  /** Whether a file of events for TensorBoard is kept beside the metrics; default true. Same bits. */
  readonly tensorboard?: boolean | undefined
  /** Of a resumed run: the kept checkpoint that it goes on from, in place of the last. */
  readonly fromStep?: number | undefined
  /** The part of the images that is set aside, between 0 and 1: losses are measured, and probes judged, on them. */
  readonly validation?: number | undefined
  /** The words of the command that this is, for the run's record: a new run's alone. */
  readonly command?: readonly string[] | undefined
  /**
   * Who runs the graphs of a step: `threads` of an operation; a worker for each of the bundle's `shards`, or for each part of a
   * `pipeline` of layers; or `none`, the shards one after the other. Default: a pipeline where there are several workers, else threads,
   * or of a long run on a CPU, where neither `threads` nor `workers` is given, what takes least as it begins (`run.json` has it, and a
   * resume keeps it). Last bits depend on whether it is shards; `shards` and `none` give the same.
   */
  readonly parallel?: Parallel | undefined
  /**
   * Threads that train at the same time, different layers, or shards; default 1, of shards one per shard, device or core. Some
   * times as many as shards are so many groups of layers, each in shards. The same bits as of one with as many `threads`.
   */
  readonly workers?: number | undefined
  /** With `provider: 'cuda'` and several workers, the GPUs that these are dealt to in turn, by number, group by group; default: `device` alone. */
  readonly devices?: readonly number[] | undefined
  /**
   * Has groups of layers trained by hosts, workers of a NATS server, in place of threads of this one: to the same bits. A run may
   * go on with or without.
   */
  readonly hosts?: LayersOptions | undefined
  /** Batches that a thread prepares before they are asked for; 0: each in its turn. Default 2 runs' worth. Same bits. */
  readonly prepareAhead?: number | undefined
  /** Told as it is measured who does the steps, and when it is chosen; default: what was chosen is a notice. */
  readonly onChoice?: Listener<Choice> | undefined
  /** With `hosts`, told where their server is lost, does not let us in any more, or is there again; default: that is a notice. */
  readonly onConnection?: Listener<ConnectionTold> | undefined
}
