import { fourAxes } from '../../base/shapes.ts'
import { elements, type Shape } from '../../base/type.ts'
import { tilesOf } from '../pixel-major/pixels.ts'
import { partsOf } from './winograd.ts'
import type { Algorithm, Direction } from '../../bundle/lowerings.ts'
import type { ConvAttributes } from '../../ops/window.ts'

/** What a convolution and its gradients would cost in each algorithm. */

/** A piece of the work; pieces of one name are done once, however many of the three need them. */
export interface Piece {
  readonly name: string
  readonly flops: number
  /** Bytes read and written. */
  readonly bytes: number
  /** ONNX nodes. */
  readonly nodes: number
  /** Bytes that it leaves for other pieces. */
  readonly temporary: number
}

/**
 * Rates of one core of the CPU that figures were taken on (AVX-512, float32): they only have to be right
 * relative to each other. Direct convolutions run at the rate of matrix products where there are channels enough.
 */
const FLOPS_PER_MICROSECOND = 130e3
const BYTES_PER_MICROSECOND = 20e3
const TRANSPOSED_BYTES_PER_MICROSECOND = 8e3
/** Rows to maps, by one thread: onnxruntime joins this transpose with reshapes to one that it has no kernel for. */
const TO_MAPS_BYTES_PER_MICROSECOND = 1.2e3
const MICROSECONDS_PER_NODE = 8

export const microseconds = ({ flops, bytes, nodes }: Piece): number =>
  flops / FLOPS_PER_MICROSECOND + bytes / BYTES_PER_MICROSECOND + nodes * MICROSECONDS_PER_NODE

export interface Geometry {
  /** [images, channels, height, width] */
  readonly input: Shape
  readonly output: Shape
  /** [out, in, kh, kw] */
  readonly weight: Shape
  readonly attributes: ConvAttributes
  readonly bytesPerElement: number
  /** Whether what is read comes as maps and not from another convolution: the images. */
  readonly first: boolean
}

/** Products of few channels fill registers and caches badly: they cost as if they had some more. */
const product = (m: number, k: number, n: number): number => 2 * m * (k + 8) * (n + 8)

const piece = (name: string, flops: number, bytes: number, nodes: number, temporary = 0): Piece => ({
  name,
  flops,
  bytes,
  nodes,
  temporary,
})

const transposed = (name: string, bytes: number, rate = TRANSPOSED_BYTES_PER_MICROSECOND): Piece =>
  piece(name, 0, (2 * bytes * BYTES_PER_MICROSECOND) / rate, 2, bytes)

const asMaps = (name: string, bytes: number): Piece => transposed(name, bytes, TO_MAPS_BYTES_PER_MICROSECOND)

/** @param mostKept bytes of one value that are kept from the forward pass for gradients; of more, those have pieces of their own */
export function pieces(
  geometry: Geometry,
  direction: Direction,
  algorithm: Algorithm,
  mostKept: number,
): Piece[] {
  if (algorithm === 'conv') return direct(geometry, direction)
  return algorithm === 'columns'
    ? byColumns(geometry, direction, mostKept)
    : byWinograd(geometry, direction, algorithm === 'winograd2' ? 2 : 4, mostKept)
}

const sizes = ({ input, output, bytesPerElement }: Geometry) => ({
  x: elements(input) * bytesPerElement,
  y: elements(output) * bytesPerElement,
})

function direct(geometry: Geometry, direction: Direction): Piece[] {
  const { input, output, weight, first } = geometry
  const { x, y } = sizes(geometry)
  const [out, channels, ...kernel] = fourAxes(weight)
  const pixels = elements(output) / out
  const taps = elements(kernel)
  const flops = product(pixels, channels * taps, out)
  const maps = first ? [] : [asMaps('input as maps', x)]
  const gradient = asMaps('gradient as maps', y)
  if (direction === 'forward')
    return [...maps, piece('convolution', flops, x + y, 1, y), transposed('rows', y)]
  if (direction === 'inputGradient')
    return [
      gradient,
      piece('input convolution', product(elements(input) / channels, out * taps, channels), x + y, 4, x),
      transposed('input rows', x),
    ]
  const columns = (x * taps * elements(output.slice(2))) / Math.max(1, elements(input.slice(2)))
  const gathered = piece('columns of maps', 0, x + 2 * columns, 5, columns)
  return [
    ...maps,
    gradient,
    transposed('planes of input', x),
    gathered,
    piece('weight product', flops, columns + y, 5),
  ]
}

function byColumns(geometry: Geometry, direction: Direction, mostKept: number): Piece[] {
  const { input, output, weight, bytesPerElement } = geometry
  const { x, y } = sizes(geometry)
  const [out, channels, ...kernel] = fourAxes(weight)
  const taps = elements(kernel)
  const forward = (gathered = 'columns') => {
    const columns = taps * channels * (elements(output) / out) * bytesPerElement
    const name = columns > mostKept ? gathered : 'columns'
    return [transposed('planes of input', x), piece(name, 0, x + columns, 3, columns)]
  }
  const flops = product(elements(output) / out, channels * taps, out)
  if (direction === 'forward') return [...forward(), piece('product', flops, y, 2, y)]
  if (direction === 'weightGradient')
    return [...forward('columns again'), piece('weight product', flops, y, 3)]
  const columns = taps * out * (elements(input) / channels) * bytesPerElement
  return [
    transposed('planes of gradient', y),
    piece('gradient columns', 0, y + columns, 3, columns),
    piece('input product', product(elements(input) / channels, out * taps, channels), x + columns, 4, x),
  ]
}

function byWinograd(geometry: Geometry, direction: Direction, m: 2 | 4, mostKept: number): Piece[] {
  const { output, weight, bytesPerElement, first } = geometry
  const { x, y } = sizes(geometry)
  const [out, channels] = fourAxes(weight)
  const n2 = (m + 2) ** 2
  const [images, , height, width] = fourAxes(output)
  const rows = images * tilesOf(height, m) * tilesOf(width, m)
  const tiles = (count: number, width: number) => n2 * count * width * bytesPerElement
  const change = (name: string, from: number, to: number, columns: number, nodes: number): Piece => {
    const bytes = (from + to) * columns * bytesPerElement
    return piece(name, 2 * (from + 8) * to * columns, bytes, nodes, to * columns * bytesPerElement)
  }
  const overlapping = tiles(rows, channels)
  const again = direction === 'weightGradient' && overlapping > mostKept ? ' again' : ''
  const inputs = [
    ...(first ? [transposed('rows of input', x)] : []),
    piece(`input tiles${again}`, 0, 3 * x + overlapping, 2, overlapping),
    change(`input${again}`, n2, n2, rows * channels, 3),
  ]
  const weightBytes = n2 * out * channels * bytesPerElement
  const count = partsOf(weightBytes, out, direction)
  // In parts, they are transformed again where they are needed again.
  const weights: Piece = {
    ...change(count === 1 ? 'weights' : `weights, ${direction}`, 9, n2, out * channels, 3),
    temporary: weightBytes / count,
  }
  const gradient = change('gradient', m * m, n2, rows * out, 3)
  const multiplied = (name: string, m: number, k: number, n: number): Piece =>
    piece(
      name,
      n2 * product(m, k, n),
      n2 * (m * k + k * n + m * n) * bytesPerElement,
      1,
      n2 * m * n * bytesPerElement,
    )
  const rest = (length: number) => (length % m === 0 ? 0 : 1)
  const untiled = rest(height) + rest(width) === 0 ? [] : [piece('cropped', 0, 2 * y, 1, y)]
  const names = (kind: string) => `${kind} of tiles of ${m}`
  const named = (list: readonly Piece[]) => list.map((each) => ({ ...each, name: names(each.name) }))
  if (direction === 'forward')
    return named([
      ...inputs,
      weights,
      multiplied('product', rows, channels, out),
      change('output', n2, m * m, rows * out, 3),
      ...untiled,
    ])
  if (direction === 'weightGradient')
    return named([
      ...inputs,
      gradient,
      { ...multiplied('weight product', channels, rows, out), temporary: weightBytes / count },
      change('weight output', n2, 9, out * channels, 3),
    ])
  return named([
    gradient,
    weights,
    multiplied('input product', rows, out, channels),
    change('input gradient', n2, n2, rows * channels, 3),
    piece('overlapping tiles', 0, 4 * overlapping, 7, overlapping),
  ])
}
