/**
 * The signals that the update of a plastic parameter may read, and the words for them. Rules declare them, the
 * compiler derives them, the manifest holds them, and the command line and reports show them.
 */

interface Words {
  /** As a sentence has it: `the update reads …`. */
  readonly words: string
  /** As a table has it, under the heading of its group. */
  readonly short: string
  readonly group: 'own' | 'batch' | 'others' | 'shared'
}

export const signalKinds = {
  /** Activity that the layer itself is computed from. */
  pre: { words: 'own presynaptic input', short: 'input', group: 'own' },
  /** Anything that the layer computes from its input. */
  post: { words: 'own postsynaptic activity', short: 'activity', group: 'own' },
  /**
   * Parameters of the layer, those of its rule among them. Weights that nothing teaches count here too,
   * wherever they were made: they never change, so nothing has to be carried over.
   */
  own: { words: 'own parameters', short: 'parameters', group: 'own' },
  /** State of earlier steps. What was put into it is listed as well. */
  memory: { words: 'memory of earlier steps', short: 'memory', group: 'own' },
  /** A sample's part in the update depends on particular other samples. */
  samples: { words: 'other samples of the batch', short: 'other samples', group: 'batch' },
  /** A sample's part in the update depends on a sum over the batch; summing up the parts does not count. */
  statistics: { words: 'statistics over the batch', short: 'statistics', group: 'batch' },
  /** Activity of the top layer of the encoder, read by another layer. */
  top: { words: 'activity of the top layer', short: 'activity of', group: 'others' },
  /** Activity of layers that are neither the reader nor the top. */
  layers: { words: 'activity of other layers', short: 'activity of', group: 'others' },
  /** Weights of other layers that learn: weight transport. */
  transport: { words: 'weights of other layers', short: 'weights of', group: 'others' },
  /** One number made of all units of a layer that many units read: a score, a norm, a loss' derivative. */
  scalar: { words: 'a global scalar', short: 'global scalar', group: 'shared' },
  labels: { words: 'labels', short: 'labels', group: 'shared' },
  /** The network's input, where it is not the layer's own. */
  image: { words: 'the image', short: 'image', group: 'shared' },
  draws: { words: 'random draws', short: 'draws', group: 'shared' },
} as const satisfies Readonly<Record<string, Words>>

/** What an update may read: docs/locality.md has the list. */
export type SignalKind = keyof typeof signalKinds

/** In the order of the table. */
export const signalNames = Object.keys(signalKinds) as [SignalKind, ...SignalKind[]]

/** Read by every rule without being declared. */
export const alwaysAllowed: readonly SignalKind[] = ['own', 'draws']

/** One signal that an update reads; `layer` says whose it is where it is another layer's. */
export interface Signal {
  /** What is read. */
  readonly kind: SignalKind
  /** Whose activity or weights; left out of signals that are of no layer. */
  readonly layer?: string | undefined
  /** Where it is read of all layers from `layer` up to another one: the last of them. */
  readonly through?: string | undefined
}

/** `weights of conv2`, `activity of the top layer (conv6)`, `own presynaptic input`. */
export function describeSignal({ kind, layer, through }: Signal): string {
  const { words, short } = signalKinds[kind]
  if (layer === undefined) return words
  if (kind === 'top') return `${words} (${layer})`
  return through === undefined ? `${short} ${layer}` : `${short} ${layer} to ${through}`
}

/** Neighbours from which on they are told by the first and the last of them: a deep encoder has very many. */
const LONG_RUN = 9

/** The same signals, those of many neighbouring layers as one. `order` has the layers from the input up. */
export function inRuns(signals: readonly Signal[], order: readonly string[]): readonly Signal[] {
  const place = new Map(order.map((name, i) => [name, i]))
  const placeOf = ({ layer }: Signal) => (layer === undefined ? undefined : place.get(layer))
  const follows = (before: Signal | undefined, signal: Signal): boolean => {
    if (before?.kind !== signal.kind) return false
    const [below, own] = [placeOf(before), placeOf(signal)]
    return below !== undefined && own === below + 1
  }
  const runs: Signal[][] = []
  for (const signal of signals) {
    const run = runs.at(-1)
    if (run && follows(run.at(-1), signal)) run.push(signal)
    else runs.push([signal])
  }
  return runs.flatMap((run) => {
    const [first] = run
    return first && run.length >= LONG_RUN ? [{ ...first, through: run.at(-1)?.layer }] : run
  })
}

/** Whose a signal is, where it is another layer's. */
export function layersOf({ layer, through }: Signal, order: readonly string[]): readonly string[] {
  if (layer === undefined) return []
  return through === undefined ? [layer] : order.slice(order.indexOf(layer), order.indexOf(through) + 1)
}

export const isForeign = ({ kind }: Signal): boolean => signalKinds[kind].group === 'others'
