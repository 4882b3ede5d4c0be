import type { HostTensor } from '../values/tensor.ts'

/** Steps whose errors are averaged before they are compared: single batches differ too much. */
const LARGEST_WINDOW = 25

/**
 * Of each layer, the values with which its error was least. Errors come step by step and are averaged over windows;
 * a window speaks for the values that it began with.
 */
export class BestValues {
  private readonly window: number
  private readonly read: (layer: string) => Map<string, HostTensor>
  private readonly layers = new Map<string, { least: number; best: Tensors; start: Tensors; sum: number }>()
  private seen = 0

  /** @param read copies of a layer's values as they are now */
  constructor(layers: readonly string[], steps: number, read: (layer: string) => Map<string, HostTensor>) {
    this.window = Math.max(1, Math.min(LARGEST_WINDOW, Math.floor(steps / 8)))
    this.read = read
    for (const layer of layers) {
      const start = read(layer)
      this.layers.set(layer, { least: Infinity, best: start, start, sum: 0 })
    }
  }

  /** The errors of one step, by layer, and the values that it left behind. */
  add(errors: Readonly<Record<string, number>>): void {
    this.seen++
    const isFull = this.seen % this.window === 0
    for (const [layer, state] of this.layers) {
      state.sum += errors[layer] ?? 0
      if (!isFull) continue
      if (state.sum < state.least) [state.least, state.best] = [state.sum, state.start]
      state.sum = 0
      state.start = this.read(layer)
    }
  }

  /** All layers' best values, by name. */
  values(): Map<string, HostTensor> {
    return new Map([...this.layers.values()].flatMap(({ best }) => [...best]))
  }
}

type Tensors = Map<string, HostTensor>
