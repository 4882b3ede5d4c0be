import { allocate, elements, type HostTensor, type TypedData } from './tensor.ts'
import type { DType } from '../../src/base/dtype.ts'

/**
 * A parameter or state that a graph changes block by block. A graph must not write where it reads: onnxruntime gives
 * wrong results where an output shares the buffer of an input. So there is memory for one block more than the value
 * has: the new value of each block takes the place of the neighbour that has just been read, and with each step the
 * whole slides by one block, forth and back.
 */
export class SlidingValue {
  private readonly type: DType
  private readonly shape: readonly number[]
  private readonly memory: TypedData
  private readonly size: number
  private readonly count: number
  /** Whether the free block is the first. */
  private first = true

  /** At zero. @param size elements of a block, a divisor of the value's */
  constructor(type: DType, shape: readonly number[], size: number) {
    this.type = type
    this.shape = shape
    this.size = size
    this.count = elements(shape)
    this.memory = allocate(type, [this.count + size]).data
  }

  /** The value; a view, valid until the next step. */
  get current(): HostTensor {
    const start = this.first ? this.size : 0
    return { type: this.type, shape: this.shape, data: this.memory.subarray(start, start + this.count) }
  }

  /** Where the blocks begin to be changed: with the one beside the free place. */
  get fromFirst(): boolean {
    return this.first
  }

  /** Of block number `index` what it is, and where its new value goes. */
  block(index: number): { readonly now: TypedData; readonly next: TypedData } {
    const [now, next] = this.first ? [index + 1, index] : [index, index + 1]
    const at = (place: number) => this.memory.subarray(place * this.size, (place + 1) * this.size)
    return { now: at(now), next: at(next) }
  }

  /** All blocks are changed. */
  slide(): void {
    this.first = !this.first
  }

  /** Bytes beyond the value's own. */
  get spareBytes(): number {
    return this.memory.byteLength - this.current.data.byteLength
  }
}
