import { allocate, copy, type HostTensor } from '../../values/tensor.ts'

/** A thread's own copies of what it is given in memory that is shared, which onnxruntime takes none of. */
export class OwnMemory {
  private readonly own = new Map<string, HostTensor>()

  /** The same tensors; those that were shared are valid until the next ones of their names. */
  of(tensors: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, this.copied(name, tensor)] as const),
    )
  }

  private copied(name: string, tensor: HostTensor): HostTensor {
    if (!(tensor.data.buffer instanceof SharedArrayBuffer)) return tensor
    const own = this.own.get(name) ?? allocate(tensor.type, tensor.shape)
    this.own.set(name, own)
    copy(tensor.data, own.data)
    return own
  }
}
