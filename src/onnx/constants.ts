import { elements, type Type } from '../base/type.ts'
import { onnxTypes } from '../base/dtype.ts'
import { LARGEST_STORED_FILL } from '../ops/leaf.ts'
import { rawData } from './parts.ts'
import type { Tensors } from './tensors.ts'
import type { TensorProto } from './proto.ts'
import type { Value } from '../ir/emitter.ts'

/** Constants of a graph and of the loops in it; equal ones are stored once. */
export class Constants {
  private readonly tensors: Tensors
  private readonly stored = new Map<string, { readonly value: Value; readonly tensor: TensorProto }>()

  constructor(tensors: Tensors) {
    this.tensors = tensors
  }

  /**
   * Stores numbers, all of a tensor or the one that it repeats. Where that is one number so often that the graph should
   * make the tensor, the number.
   */
  store({ dtype, shape }: Type, values: ArrayLike<number>): Value | number {
    const first = values[0]
    if (first !== undefined && values.length < elements(shape)) return first
    const data = rawData(dtype, values)
    const key = `${dtype}[${shape.join(',')}]${Buffer.from(data).toString('latin1')}`
    const known = this.stored.get(key)
    if (known) return known.value
    const isLong = values.length > LARGEST_STORED_FILL
    if (first !== undefined && isLong && Array.prototype.every.call(values, (value) => value === first))
      return first
    const value = this.tensors.add(
      elements(shape) === 1 ? `constant/${Number(first)}` : `constant/${dtype}_${shape.join('x')}`,
      { dtype, shape },
    )
    const tensor = { name: value, dataType: onnxTypes[dtype], dims: [...shape], rawData: data }
    this.stored.set(key, { value, tensor })
    return value
  }

  get initializers(): TensorProto[] {
    return [...this.stored.values()].map(({ tensor }) => tensor)
  }
}
