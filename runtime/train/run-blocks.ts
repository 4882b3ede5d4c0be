import { elements, type HostTensor } from '../values/tensor.ts'
import type { GraphSession } from '../session/graph-session.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import type { SlidingValue } from '../values/sliding-value.ts'
import type { ValueStore } from '../values/value-store.ts'

/**
 * Runs a graph that changes values block by block.
 *
 * @param whole what the graph is given beside the values that it changes: all of it, also where it reads blocks
 */
export async function runBlocks(
  { name: graph, inputs, outputs, blocks = 1 }: Graph,
  session: GraphSession,
  values: ValueStore,
  whole: (name: string) => HostTensor,
): Promise<void> {
  const changed = outputs.map((output) => {
    const value = output.updates === undefined ? undefined : values.inBlocks(output.updates)
    if (!value) throw new Error(`${output.name} of ${graph} is no new value in blocks`)
    return { ...output, value }
  })
  const slides = new Set<SlidingValue>(changed.map(({ value }) => value))
  const fixed = new Map(
    inputs.filter(({ block }) => block !== true).map(({ name }) => [name, whole(name)] as const),
  )
  const cut = inputs
    .filter(({ block }) => block === true)
    .map(({ name, type, shape }) => {
      const value = values.inBlocks(name)
      const own = value && slides.has(value) ? value : undefined
      return { name, type, shape, own, given: own ? undefined : whole(name) }
    })
  const order = Array.from({ length: blocks }, (_, i) => i)
  if (changed[0]?.value.fromFirst === false) order.reverse()
  for (const index of order) {
    const feeds: Record<string, HostTensor> = Object.fromEntries(fixed)
    for (const { name, type, shape, own, given } of cut) {
      const size = elements(shape)
      const data = own ? own.block(index).now : slice(given, index * size, size)
      feeds[name] = { type, shape, data }
    }
    const results = Object.fromEntries(
      changed.map(({ name, type, shape, value }) => [name, { type, shape, data: value.block(index).next }]),
    )
    await session.run(feeds, results)
  }
  for (const value of slides) value.slide()
}

function slice(tensor: HostTensor | undefined, start: number, size: number) {
  const { data } = tensor ?? {}
  if (data instanceof Float32Array || data instanceof Float64Array) return data.subarray(start, start + size)
  throw new Error('blocks are cut of floating-point tensors')
}
