import { at } from '../../src/base/lists.ts'
import { rowSize, type Dataset } from './dataset.ts'
import { walk } from './walk.ts'

/** Per channel, as a program's input has them: where a byte of 255 is 1, or of numbers as they are. */
export interface ChannelStatistics {
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly least: readonly number[]
  readonly most: readonly number[]
}

/** Values that are subtracted before they are squared: what all have in common costs digits. */
class Channel {
  private origin: number | undefined
  private count = 0
  private sum = 0
  private squares = 0
  least = Infinity
  most = -Infinity

  add(value: number): void {
    this.origin ??= value
    const moved = value - this.origin
    this.count++
    this.sum += moved
    this.squares += moved * moved
    if (value < this.least) this.least = value
    if (value > this.most) this.most = value
  }

  get mean(): number {
    return (this.origin ?? NaN) + this.sum / this.count
  }

  get std(): number {
    const mean = this.sum / this.count
    return Math.sqrt(Math.max(0, this.squares / this.count - mean * mean))
  }
}

/** Mean and standard deviation of every channel over all rows, which are read some at a time. */
export async function channelStatistics(
  dataset: Dataset,
  onDone?: (rows: number) => void,
): Promise<ChannelStatistics> {
  const [channels, height, width] = dataset.shape
  const pixels = height * width
  const found = Array.from({ length: channels }, () => new Channel())
  for await (const { first, count, rows } of walk(dataset)) {
    for (let row = 0; row < count; row++)
      found.forEach((channel, c) => {
        const start = row * rowSize(dataset) + c * pixels
        for (let i = start; i < start + pixels; i++) channel.add(at(rows, i))
      })
    onDone?.(first + count)
  }
  const unit = dataset.type === 'uint8' ? 255 : 1
  const each = (of: (channel: Channel) => number) => found.map((channel) => of(channel) / unit)
  return {
    mean: each(({ mean }) => mean),
    std: each(({ std }) => std),
    least: each(({ least }) => least),
    most: each(({ most }) => most),
  }
}
