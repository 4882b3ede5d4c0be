/**
 * place.mjs GRAPH [STEPS]: makes a CUDA session of a graph. The log on stderr says where each node is placed, loop
 * bodies included. With STEPS, runs it for as many steps and says on stdout what that run copied, as JSON. Used by ../placement.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import ort from 'onnxruntime-node'

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint8: Uint8Array,
  float16: Uint16Array,
}

ort.env.logLevel = 'verbose'
process.env.ORT_DISABLE_TELEMETRY = '1'
const [file, steps] = process.argv.slice(2)
const session = await ort.InferenceSession.create(file, {
  executionProviders: ['cuda'],
  logSeverityLevel: 0,
})
if (steps === undefined) process.exit(0)
const feeds = Object.fromEntries(
  session.inputMetadata.map(({ name, type, shape: sizes }) => {
    // The one size that a graph leaves open is the number of steps.
    const shape = sizes.map((size) => (typeof size === 'number' && size >= 0 ? size : Number(steps)))
    const size = shape.reduce((a, b) => a * b, 1)
    return [name, new ort.Tensor(type, new arrays[type](size), shape)]
  }),
)
try {
  await session.run(feeds)
  writeFileSync(process.env.STUBLOG, '')
  await session.run(feeds)
  const lines = readFileSync(process.env.STUBLOG, 'utf8').trim().split('\n')
  const copies = lines.flatMap((line) => {
    const [, way, bytes] = /^memcpy_(H2D|D2H|D2D) (\d+)/.exec(line) ?? []
    return way ? [{ way, bytes: Number(bytes) }] : []
  })
  console.log(JSON.stringify({ copies }))
} catch (error) {
  // Convolutions of cuDNN plan themselves as they run, which a stub cannot answer.
  console.log(JSON.stringify({ notRun: /\[cudnn|CUDNN/.test(String(error)) ? 'cuDNN' : String(error) }))
}
