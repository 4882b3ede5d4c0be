import { at } from '../../../base/lists.ts'
import { dtypes, type DType } from '../../../base/dtype.ts'
import type { Call } from '../call.ts'

/**
 * Of which types the operands of each operator may be: those that the language has it for. Whole numbers are not divided:
 * -2 ** 63 by -1 ends the process. Operands of the same list are of the same type.
 */

const single = ['float32'] as const
const real = ['float32', 'float64'] as const
/** In mixed precision products, and what picks numbers of theirs, are of float16. */
const half = ['float16', ...real] as const
const numeric = [...real, 'int64'] as const
const arithmetic = [...half, 'int64'] as const
const comparable = [...arithmetic, 'bool'] as const
const mapped = [...half, 'uint8'] as const
const any = dtypes
const whole = ['int64'] as const
const truth = ['bool'] as const

/** Operand by operand; the last list is that of all further ones. */
type Types = readonly (readonly DType[])[]

const all = (names: readonly string[], ...types: Types): readonly (readonly [string, Types])[] =>
  names.map((name) => [name, types])

const typesOf: ReadonlyMap<string, Types> = new Map([
  ...all(
    [
      'Abs',
      'Cos',
      'Exp',
      'Floor',
      'Log',
      'Sigmoid',
      'Sign',
      'Sin',
      'Sqrt',
      'Tanh',
      'Div',
      'Pow',
      'AveragePool',
    ],
    real,
  ),
  ...all(['Neg', 'Relu', 'Gemm', 'Conv', 'ConvTranspose'], half),
  ...all(['HardSigmoid', 'GridSample'], single),
  ...all(['Max', 'Min'], numeric),
  ...all(['Add', 'Mul', 'Sub', 'MatMul', 'Greater'], arithmetic),
  ...all(['GreaterOrEqual', 'Less', 'LessOrEqual'], numeric),
  ...all(['Equal'], comparable),
  ...all(['MaxPool'], mapped),
  ...all(['ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceSum', 'TopK'], real, whole),
  ...all(['Where'], truth, any),
  ...all(['Cast', 'Concat', 'Identity', 'Scan', 'Shape', 'Transpose'], any),
  ...all(['ConstantOfShape'], whole),
  ...all(['Expand', 'Gather', 'Pad', 'Reshape', 'Slice'], any, whole),
  ...all(['ScatterElements', 'ScatterND'], numeric, whole, numeric),
])

/** What a loop is given is of as many types as there are values. */
const isMixed = (operator: string): boolean => operator === 'Scan'

/** @throws Refused where an operator is given what it is never given by the compiler */
export function requireOperandTypes(call: Call): void {
  const { operator } = call.node
  const types = typesOf.get(operator)
  if (!types) throw call.refuse('is an operator that the compiler never writes')
  call.operands.forEach(({ dtype }, i) => {
    const place = Math.min(i, types.length - 1)
    const allowed = at(types, place)
    if (!allowed.includes(dtype)) throw call.refuse(`does not take ${dtype}`)
    const first = call.operand(types.indexOf(allowed)).dtype
    if (first !== dtype && !isMixed(operator)) throw call.refuse(`mixes ${first} and ${dtype}`)
  })
}
