import { allocate, elements, type HostTensor, type TypedData } from './tensor.ts'

/**
 * Memory for values to come. A graph must not write a value where it reads the one before: onnxruntime gives wrong
 * results where an output shares the buffer of an input. What a layer has read becomes free once its new values
 * stand elsewhere, and serves the next layer: together as much as the largest layer keeps, not a second copy of all.
 */
export class SpareMemory {
  private readonly free = new Map<string, TypedData[]>()

  /** A tensor of any content. */
  take({ type, shape }: Omit<HostTensor, 'data'>): HostTensor {
    const data = this.free.get(kind({ type, shape }))?.pop()
    return data ? { type, shape, data } : allocate(type, shape)
  }

  /** Gives memory back that nobody reads any more. */
  give(tensor: HostTensor): void {
    const same = this.free.get(kind(tensor)) ?? []
    same.push(tensor.data)
    this.free.set(kind(tensor), same)
  }

  /** Bytes that lie idle. */
  get bytes(): number {
    return [...this.free.values()].flat().reduce((sum, { byteLength }) => sum + byteLength, 0)
  }
}

const kind = ({ type, shape }: Omit<HostTensor, 'data'>): string => `${type} ${elements(shape)}`
