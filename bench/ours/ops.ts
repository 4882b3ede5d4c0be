import type { ConvAttributes } from '../../src/ops/window.ts'
import { join } from 'node:path'
import { onnxruntime } from '../../runtime/session/onnxruntime.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { input } from '../../src/ops/leaf.ts'
import { defaultRequest } from '../../src/passes/request.ts'
import { emitSection } from '../../src/sections/emit-section.ts'
import { lowerSection } from '../../src/sections/lower-section.ts'
import { Registry } from '../../src/cut/registry.ts'
import { gradient } from '../../src/lang/gradient.ts'
import { Tensor } from '../../src/lang/tensor.ts'
import { createSession } from '../../runtime/session/provider.ts'
import { readSafetensors } from '../../runtime/files/safetensors.ts'
import type { OpsCase } from '../case.ts'
import type { Work } from './work.ts'

const { Tensor: Value } = onnxruntime()

const window: ConvAttributes = {
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
}

const build: Readonly<Record<OpsCase['op'], (x: Tensor, w: Tensor, dy: Tensor) => Record<string, Tensor>>> = {
  conv: (x, weight, upstream) => {
    const y = new Tensor(conv2d(x.node, weight.node, undefined, window))
    return {
      forward: y,
      'input gradient': gradient(y, x, upstream),
      'weight gradient': gradient(y, weight, upstream),
    }
  },
  matmul: (x, weight) => ({ matmul: x.matmul(weight) }),
}

/** Its first element: node copies whatever leaves a graph, and a large result would cost more than its making. */
const corner = (tensor: Tensor): Tensor =>
  tensor.shape.reduce((rest, _, axis) => rest.slice(axis, 0, 1), tensor).reshape(1)

/** Single operations, compiled as those of a training step are: every variant is a graph of its own. */
export async function openOps(folder: string, { op }: OpsCase, threads: number): Promise<Work> {
  const { tensors } = readSafetensors(join(folder, 'tensors.safetensors'))
  const leaves = [...tensors].map(([name, { shape }]) => ({
    name,
    node: input('parameter', name, 'float32', shape),
  }))
  const [x, weight, upstream] = ['x', 'weight', 'upstream'].map((name) => {
    const leaf = leaves.find((each) => each.name === name)
    if (!leaf) throw new Error(`no tensor ${name}`)
    return new Tensor(leaf.node)
  })
  if (!x || !weight || !upstream) throw new Error('three tensors are needed')
  const work = new Map<string, (count: number) => Promise<number[][]>>()
  for (const [variant, result] of Object.entries(build[op](x, weight, upstream))) {
    const outputs = [{ name: 'corner', node: corner(result).node, role: 'activity' as const }]
    const plan = { name: 'op', description: variant, inputs: leaves, outputs, drop: [] }
    const { section, files } = emitSection(
      lowerSection({ plans: [plan], registry: new Registry(), batch: 1 }, { request: defaultRequest }),
    )
    const [graph] = section.graphs
    const bytes = files.get('op.onnx')
    if (!graph || !bytes) throw new Error('nothing was compiled')
    const session = await createSession(bytes, { threads })
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name }) => {
        const tensor = tensors.get(name)
        if (!(tensor?.data instanceof Float32Array)) throw new Error(`${name} is not float32`)
        return [name, new Value('float32', tensor.data, tensor.shape)]
      }),
    )
    work.set(variant, async (count) => {
      const values: number[][] = []
      for (let i = 0; i < count; i++) values.push([Number((await session.run(feeds)).corner?.data[0])])
      return values
    })
  }
  return work
}
