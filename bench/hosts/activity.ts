/**
 * Bytes of activity that cross between layers in a step, where each is on a host of its own, and how many steps a second links
 * of some speeds carry: what is counted, not measured.
 *
 *     npx tsx bench/hosts/activity.ts
 */
import { bytesAStep, crossingsOf } from '../../runtime/hosts/layers/crossing.ts'
import { unitsAlone } from '../../runtime/workers/pipeline/section-parts.ts'
import { compile } from '../../src/index.ts'
import { began } from '../environment.ts'
import { writeSection } from '../record.ts'
import { table } from '../markdown.ts'
import {
  describe,
  describeForwardForward,
  describeResNet,
  vgg6,
  type Described,
  type Width,
} from '../programs.ts'

const DOCUMENT = 'docs/many-machines.md'
const SECTION = 'activity'
/** Bits a second. */
const links = [1e9, 1e10, 1e11]

const vgg = (width: Width, data: 'cifar10' | 'stl10' = 'cifar10'): readonly [string, Described] => [
  `VGG-6, CLAPP, ${data === 'cifar10' ? 'CIFAR-10' : 'STL-10'}, ${width === 'full' ? 'full width' : `${width} width`}`,
  describe('clapp', vgg6(data, width)),
]

const recipes: readonly (readonly [string, Described])[] = [
  vgg('eighth'),
  vgg('quarter'),
  vgg('full'),
  vgg('full', 'stl10'),
  ['ResNet-18, CLAPP, CIFAR-10', describeResNet()],
  ['MLP of 4 × 2000, Forward-Forward, MNIST', describeForwardForward()],
]

const megabytes = (bytes: number): string => (bytes / 1e6).toPrecision(3)

function row([title, { program }]: readonly [string, Described]): string[] {
  const layers = unitsAlone(compile(program).manifest.train)
  const crossing = crossingsOf(layers).map(bytesAStep).slice(1)
  const all = crossing.reduce((sum, bytes) => sum + bytes, 0)
  const rates = links.map((bits) => String(Number((bits / 8 / all).toPrecision(2))))
  return [title, String(program.batch), crossing.map(megabytes).join(', '), megabytes(all), ...rates]
}

const head = [
  ...['', 'images a step', 'MB into each layer but the first', 'MB a step in all'],
  ...links.map((bits) => `steps/s at ${bits / 1e9} Gb/s`),
]
const command = 'npx tsx bench/hosts/activity.ts'
const markdown = `${table(head, recipes.map(row))}\n\n\`${command}\`: counted from compiled programs, ${new Date().toISOString().slice(0, 10)}, commit ${began}.`
console.log(markdown)
await writeSection(DOCUMENT, SECTION, markdown)
