import { compile, type Program } from '../../src/index.ts'
import * as cifar10 from '../../rules/recipes/cifar10.ts'
import quarter from '../../rules/recipes/cifar10-quarter.ts'
import fashionMnist from '../../rules/recipes/fashion-mnist.ts'
import forwardForward from '../../rules/recipes/forward-forward.ts'
import * as imageNet from '../../rules/recipes/imagenet.ts'
import resNet from '../../rules/recipes/resnet18.ts'
import stl10 from '../../rules/recipes/stl10.ts'
import { bytes, count } from '../../src/cli/units.ts'
import { table } from '../markdown.ts'
import { estimate, h100, needOf } from './estimate.ts'

/** Recipes of every size and credit. */
const programs: Readonly<Record<string, Program>> = {
  'Fashion-MNIST, CLAPP++': fashionMnist,
  'Fashion-MNIST, Forward-Forward': forwardForward,
  'CIFAR-10 at quarter width, CLAPP++': quarter,
  'CIFAR-10, CLAPP++': cifar10.plusPlus,
  'CIFAR-10, CLAPP++DFB': cifar10.directFeedback,
  'CIFAR-10, BP-CLAPP++': cifar10.backpropagation,
  'CIFAR-10, ResNet-18 by blocks': resNet,
  'STL-10, CLAPP++': stl10,
  'ImageNet, CLAPP++': imageNet.plusPlus,
  'ImageNet, BP-CLAPP++': imageNet.backpropagation,
}

/** For the memory of batches. */
export const STEPS = 64

const milliseconds = (seconds: number): string => Number((1000 * seconds).toPrecision(2)).toString()

const head = [
  'a step of',
  'operations',
  'products, ms',
  'to and from memory',
  'ms',
  'nodes',
  'ms',
  'bound by',
  'state, a run',
  'bus, ms',
  'steps for 2 %',
  `GPU memory, ${STEPS} steps a run`,
]

/** Every recipe compiled for CUDA, and what its step takes at least. */
export function rooflineTable(): string {
  const rows = Object.entries(programs).map(([title, program]) => {
    const need = needOf(compile(program, { target: 'cuda', stepsPerRun: STEPS }).manifest.train)
    const found = estimate(need, h100, STEPS)
    return [
      title,
      `${count(need.flops)}FLOP`,
      milliseconds(found.products),
      bytes(need.traffic),
      milliseconds(found.memory),
      String(need.nodes),
      milliseconds(found.launches),
      found.bound,
      bytes(need.stateIn + need.stateOut),
      milliseconds(found.run),
      String(found.enough),
      bytes(found.deviceBytes),
    ]
  })
  return table(head, rows)
}
