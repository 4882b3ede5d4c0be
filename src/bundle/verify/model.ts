import { Allowance } from './allowance.ts'
import { readGraph } from './graph.ts'
import { quoted, Refused } from './refused.ts'
import { readFields, Span, type Fields } from './wire.ts'
import type { ReadGraph } from './structure.ts'

/** As the compiler writes them: see `src/onnx/emit.ts`. */
export const IR_VERSION = 8
export const OPSET = 18
export const PRODUCER = 'hebb'

/** By these letters onnxruntime tells a file of its own format from ONNX; one file could be both. */
const OTHER_FORMAT = { place: 4, letters: 'ORTM' } as const

interface Model {
  ir?: number
  producer?: string
  opset?: number
  graph?: ReadGraph
}

const modelFields: Fields<Model> = {
  message: 'the model',
  once: {
    1: (field, into) => (into.ir = field.whole()),
    2: (field, into) => (into.producer = field.text()),
    3: (field) => field.text(),
    7: (field, into) => (into.graph = readGraph(field.part())),
    8: (field, into) => (into.opset = readOpset(field.part())),
  },
  many: {
    14: (field) => {
      readFields(field.part(), metadataFields, undefined)
    },
  },
  never: { 25: 'is a function of its own' },
}

/**
 * Reads an ONNX model as the compiler writes it.
 *
 * @param allowance how much there may be of it
 * @throws Refused where anything in it is not
 */
export function readModel(bytes: Uint8Array, allowance = Allowance.ofGraph()): ReadGraph {
  const { place, letters } = OTHER_FORMAT
  if (String.fromCharCode(...bytes.subarray(place, place + letters.length)) === letters)
    throw new Refused(`it is of onnxruntime's own format: ${letters} at byte ${place}`)
  const model: Model = {}
  readFields(new Span(bytes, allowance), modelFields, model)
  const { ir, producer, opset, graph } = model
  if (ir !== IR_VERSION || opset !== OPSET)
    throw new Refused(`it is of IR ${ir ?? '?'} and opset ${opset ?? '?'}, not ${IR_VERSION} and ${OPSET}`)
  if (producer !== undefined && producer !== PRODUCER)
    throw new Refused(`it was made by ${quoted(producer)}, not by ${PRODUCER}`)
  if (!graph) throw new Refused('it has no graph')
  return graph
}

const opsetFields: Fields<{ version: number }> = {
  message: 'an operator set',
  once: {
    1: (field) => {
      const domain = field.text()
      if (domain !== '') throw new Refused(`it imports operators of the domain ${quoted(domain)}`)
    },
    2: (field, into) => (into.version = field.whole()),
  },
}

function readOpset(span: Span): number {
  const opset = { version: NaN }
  readFields(span, opsetFields, opset)
  return opset.version
}

/** Some keys are orders to onnxruntime, such as `ort_config`. */
const metadataFields: Fields<undefined> = {
  message: 'an entry of its metadata',
  once: {
    1: (field) => {
      const key = field.text()
      if (!key.startsWith(`${PRODUCER}.`)) throw new Refused(`its metadata have a key ${quoted(key)}`)
    },
    2: (field) => field.text(),
  },
}
