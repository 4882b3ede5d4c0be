import type { SessionOptions } from '../session/options.ts'
import type { CheckpointFile } from '../values/checkpoint-file.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { ValueSource } from '../values/value-source.ts'

/**
 * All that the runtime asks of where it runs. What trains, probes and measures knows nothing else of Node.js or of a browser:
 * package.json says under `imports` which file `#platform` is in the one and in the other.
 */
export interface Platform {
  readonly sessions: Sessions
  readonly files: Files
  readonly threads: Threads
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, HostTensor>>

/** An input or output of a graph, as onnxruntime tells it; axes of any size have a name. */
export interface Described {
  readonly name: string
  /** Undefined of what is no tensor. */
  readonly tensor: { readonly type: string; readonly shape: readonly (number | string)[] } | undefined
}

/** A graph that onnxruntime is ready to run. */
export interface Session {
  readonly inputs: readonly Described[]
  readonly outputs: readonly Described[]
  /** @param results the memory that outputs are written to, of all that are wanted: none that an input is read from */
  readonly run: (inputs: Tensors, results: Tensors) => Promise<void>
  readonly release: () => Promise<void>
}

/** onnxruntime. */
export interface Sessions {
  /**
   * Fixes what is one choice for all sessions of a process, before any is made, and before threads are started that make some.
   *
   * @throws UserError ('OptionError', 'ProviderError') where they cannot be made so
   */
  readonly settle: (options: SessionOptions) => void
  /**
   * @param exact computes every node as it is written, so that cutting a graph elsewhere changes no bit
   * @throws UserError ('ProviderError') where the provider cannot run here; else what onnxruntime says of the graph
   */
  readonly create: (graph: Uint8Array, options: SessionOptions, exact: boolean) => Promise<Session>
  /** Memory of any content, for what is written as a whole before it is read. */
  readonly room: (bytes: number) => ArrayBuffer
}

/** What lies in files and is read by the thread that needs it. */
export interface Files {
  /** The values of a checkpoint that is open. @throws UserError ('FileError') where it is damaged */
  readonly valuesIn: (checkpoint: CheckpointFile) => ValueSource
}

/** Other threads, and this one's events. */
export interface Threads {
  /** Waits until the event loop has turned: only then signals and messages are heard. */
  readonly turn: () => Promise<void>
  /** Starts a thread. It lives, and keeps the process alive, until it is stopped or fails. */
  readonly start: <Order, Answer>(options: ThreadOptions<Answer>) => Thread<Order>
}

export interface ThreadOptions<Answer> {
  /** As messages name the worker: `the worker that prepares batches`. */
  readonly who: string
  /** What it does. */
  readonly work: 'batches'
  /** What it is to know first: plain data. */
  readonly plan: object
  readonly onAnswer: (answer: Answer) => void
  /** Told once or more where the thread fails; it has then ended, or is about to. */
  readonly onFailure: (error: Error) => void
}

export interface Thread<Order> {
  /** Does nothing once the thread has ended. */
  readonly post: (order: Order) => void
  /** Tells the thread to end and waits until it has. */
  readonly stop: () => Promise<void>
}
