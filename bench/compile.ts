/**
 * Time to compile the paper's VGG-6 for CIFAR-10, and the size of its bundle.
 *
 *     npx tsx bench/compile.ts
 */
import { compile } from '../src/index.ts'
import { manifestText } from '../src/onnx/write-bundle.ts'
import program from '../rules/recipes/cifar10.ts'

const RUNS = 7
const times = Array.from({ length: RUNS }, () => {
  const start = performance.now()
  compile(program)
  return performance.now() - start
})
const [first = NaN] = times
const median = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? NaN
const { manifest, files } = compile(program)
const graphs = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0)
const total = graphs + Buffer.byteLength(manifestText(manifest))
const parameters = manifest.train.parameters.reduce(
  (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
  0,
)

console.log(`${(parameters / 1e6).toFixed(0)} M parameters, ${files.size} graphs`)
console.log(
  `compile: ${first.toFixed(0)} ms the first time, ${median.toFixed(0)} ms in the median of ${RUNS}`,
)
console.log(`bundle: ${(total / 1e6).toFixed(2)} MB, of which graphs ${(graphs / 1e6).toFixed(2)} MB`)
