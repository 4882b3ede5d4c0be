import type { Algorithm, Target } from '../bundle/lowerings.ts'
import type { GraphSource } from '../ir/graph.ts'

/** How graphs are to be lowered. */
export interface Request {
  readonly target: Target
  /** Bytes that the temporaries of one convolution and its gradients may take. */
  readonly memory: number
  /** Algorithms asked for: `conv4`, or one direction of it, `conv4.forward`. */
  readonly overrides: ReadonlyMap<string, Algorithm>
  /** Of a training in mixed precision: the names of the scales that its losses are multiplied by. */
  readonly lossScales?: ReadonlySet<string>
  /** Hears what each pass made of each graph. */
  readonly observe?: ((told: Told) => void) | undefined
}

/** By what a graph is made before its first pass: as a program is traced, as a step is dealt to shards, as that is cut. */
export interface Made {
  readonly pass: 'trace' | 'deal' | 'cut'
  readonly milliseconds: number
}
export const TRACED: Made = { pass: 'trace', milliseconds: 0 }

/** A graph as a pass left it. */
export interface Told {
  readonly pass: string
  /** What the graph is called, also where it is divided. */
  readonly graph: string
  readonly source: GraphSource
  /** Graphs that were taken out of it. */
  readonly updates: readonly GraphSource[]
  readonly milliseconds: number
}

/** Enough for the paper's networks at its batch size. */
export const DEFAULT_MEMORY = 4 * 2 ** 30
/**
 * Bytes that a convolution or a pool keeps, as it makes them on its way, from its forward pass for its gradients. More are made
 * again, or kept shorter: the price is a gather and a transform, or two passes over a map, up to 4 % of a step, and
 * the most that is alive in a step of backpropagation falls by a third.
 */
export const mostKept = ({ memory }: Pick<Request, 'memory'>): number => memory / 128

export const defaultRequest: Request = { target: 'cpu', memory: DEFAULT_MEMORY, overrides: new Map() }

/** The same, with the section that the graph is of: `train`, `encode`, `probe pixels`. Two may have graphs of one name. */
export interface AfterPass extends Told {
  readonly section: string
}

/** Tells what becomes of the graphs of one section. */
export const observing = (
  request: Request,
  section: string,
  observe: ((told: AfterPass) => void) | undefined,
): Request =>
  observe
    ? {
        ...request,
        observe: (told) => {
          observe({ ...told, section })
        },
      }
    : request
