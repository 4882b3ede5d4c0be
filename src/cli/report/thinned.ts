import { at } from '../../base/lists.ts'
import type { CurvePoint } from '../../../report/index.ts'

/** Series of any length as a few numbers. */

const median = (sorted: ArrayLike<number>): number => at(sorted, Math.floor((sorted.length - 1) / 2))
const ascending = (values: Iterable<number>): Float64Array => Float64Array.from(values).sort()

/** A curve of medians over so many neighbouring steps each, with the lowest and the highest of them. */
export class Bucket {
  private readonly size: number
  private readonly points: CurvePoint[] = []
  private steps: number[] = []
  private values: number[] = []
  private notFinite = 0

  constructor(size: number) {
    this.size = Math.max(1, size)
  }

  add(step: number, value: number): void {
    if (!Number.isFinite(value)) {
      this.notFinite++
      return
    }
    this.steps.push(step)
    this.values.push(value)
    if (this.values.length === this.size) this.close()
  }

  curve(): { readonly points: readonly CurvePoint[]; readonly notFinite?: number } {
    this.close()
    return { points: this.points, ...(this.notFinite > 0 ? { notFinite: this.notFinite } : {}) }
  }

  private close(): void {
    const { steps, values } = this
    if (values.length === 0) return
    const sorted = ascending(values)
    const step = median(steps)
    this.points.push(
      values.length === 1
        ? [step, median(sorted)]
        : [step, median(sorted), at(sorted, 0), at(sorted, sorted.length - 1)],
    )
    this.steps = []
    this.values = []
  }
}

/** Numbers that are kept, evenly spread over all that came: from half as many up to this many. */
const KEPT = 2048

/** A sample of a series of which nobody knows how long it becomes. */
export class Sample {
  private kept: number[] = []
  private every = 1
  private seen = 0

  add(value: number): void {
    if (this.seen++ % this.every !== 0) return
    this.kept.push(value)
    if (this.kept.length < KEPT) return
    this.kept = this.kept.filter((_, i) => i % 2 === 0)
    this.every *= 2
  }

  /** @throws Error where nothing came */
  median(): number {
    return median(ascending(this.kept))
  }
}
