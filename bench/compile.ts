/**
 * Time to compile the paper's programs at their real size, and the size of their bundles: CLAPP++ on CIFAR-10 first in
 * a new process and in the median, then every variant on every data set.
 *
 *     npx tsx bench/compile.ts
 */
import { compile, type Program } from '../src/index.ts'
import * as cifar10 from '../rules/recipes/cifar10.ts'
import * as imageNet from '../rules/recipes/imagenet.ts'
import * as stl10 from '../rules/recipes/stl10.ts'
import * as tinyImageNet from '../rules/recipes/tiny-imagenet.ts'

const RUNS = 7

function measure(program: Program, runs: number) {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now()
    compile(program)
    return performance.now() - start
  })
  const { manifest, files, text } = compile(program)
  const graphs = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  const parameters = manifest.train.parameters.reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  )
  const [first = NaN] = times
  const median = times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? NaN
  return { first, median, parameters, files: files.size, graphs, manifest: text.length }
}

const millions = (count: number, digits = 0): string => (count / 1e6).toFixed(digits)

const own = measure(cifar10.plusPlus, RUNS)
console.log(`${millions(own.parameters)} M parameters, ${own.files} graphs`)
console.log(
  `compile: ${own.first.toFixed(0)} ms the first time, ${own.median.toFixed(0)} ms in the median of ${RUNS}`,
)
console.log(
  `bundle: ${millions(own.graphs + own.manifest, 2)} MB, of which graphs ${millions(own.graphs, 2)} MB`,
)

for (const recipe of [cifar10, stl10, tinyImageNet, imageNet]) {
  const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = recipe
  for (const program of [withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce]) {
    const { median, parameters, graphs, manifest } = measure(program, 3)
    const figures = `${median.toFixed(0)} ms, ${millions(graphs + manifest, 2)} MB`
    console.log(`${program.name}: ${millions(parameters)} M parameters, ${figures}`)
  }
}
