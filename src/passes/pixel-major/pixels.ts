import { at } from '../../base/lists.ts'

/**
 * The order of pixels in the pixel-major layout: pooling phase first. Where height and width are even, the four
 * quarter maps of pixels at (even, even), (even, odd), (odd, even) and (odd, odd) places follow each other,
 * each in its own such order. So 2×2 pooling is a reduction over a leading axis of 4, averaging over 4×4 tiles
 * one over a leading axis of 16, the 4×4 outputs of a Winograd tile are a leading axis of 16, and what is left
 * of a map after pooling is in the same order again.
 */
export interface PixelOrder {
  /** Pixel (`row · width + column`) at each place. */
  readonly pixels: readonly number[]
  /** Place of each pixel. */
  readonly places: readonly number[]
}

const known = new Map<string, PixelOrder>()

export function pixelOrder(height: number, width: number): PixelOrder {
  const key = `${height}×${width}`
  const order = known.get(key) ?? makeOrder(height, width)
  known.set(key, order)
  return order
}

function makeOrder(height: number, width: number): PixelOrder {
  const pixels = ordered(height, width).map(([row, column]) => row * width + column)
  const places = new Array<number>(pixels.length).fill(0)
  pixels.forEach((pixel, place) => (places[pixel] = place))
  return { pixels, places }
}

function ordered(height: number, width: number): (readonly [number, number])[] {
  if (height % 2 !== 0 || width % 2 !== 0 || height * width === 0)
    return Array.from({ length: height * width }, (_, i) => [Math.floor(i / width), i % width] as const)
  const quarter = ordered(height / 2, width / 2)
  return [0, 1].flatMap((row) =>
    [0, 1].flatMap((column) => quarter.map(([y, x]) => [2 * y + row, 2 * x + column] as const)),
  )
}

/** Pixels of a `size × size` tile by phase, as they follow each other in the pixel-major layout. */
export const tileOffsets = (size: number): readonly (readonly [number, number])[] =>
  pixelOrder(size, size).pixels.map((pixel) => [Math.floor(pixel / size), pixel % size] as const)

export const tilesOf = (length: number, size: number): number => Math.ceil(length / size)

/**
 * Places of the pixels of every tile, [size² phases, tiles], tiles in pixel order; `size × size` tiles step by
 * `step` pixels from `-padding`. `outside` stands for pixels beyond the map.
 */
export function tilePlaces(
  [height, width]: readonly [number, number],
  offsets: readonly (readonly [number, number])[],
  step: number,
  padding: number,
  [rows, columns]: readonly [number, number],
): number[] {
  const { places } = pixelOrder(height, width)
  const tiles = pixelOrder(rows, columns).pixels
  const outside = height * width
  return offsets.flatMap(([i, j]) =>
    tiles.map((tile) => {
      const y = Math.floor(tile / columns) * step + i - padding
      const x = (tile % columns) * step + j - padding
      return y < 0 || x < 0 || y >= height || x >= width ? outside : at(places, y * width + x)
    }),
  )
}

/** A pixel of a map, as its place, and one of the pixels of tiles, [side² offsets, tiles], that lie on it. */
export interface Cover {
  readonly place: number
  readonly source: number
}

/**
 * Which pixels of `side × side` tiles, as in `tilePlaces`, lie on a pixel of the map. The first list has one of every
 * pixel of the map, the one nearest to the middle of its tile (one after the last where there is none); the others have each pixel at most once.
 */
export function overlaps(
  [height, width]: readonly [number, number],
  side: number,
  step: number,
  padding: number,
  [rows, columns]: readonly [number, number],
): [Cover[], ...Cover[][]] {
  const { places } = pixelOrder(rows, columns)
  const middle = (side - 1) / 2
  const along = (position: number, tiles: number) =>
    Array.from({ length: tiles }, (_, tile) => ({ tile, offset: position + padding - tile * step }))
      .filter(({ offset }) => offset >= 0 && offset < side)
      .sort((a, b) => Math.abs(a.offset - middle) - Math.abs(b.offset - middle))
  const covers = pixelOrder(height, width).pixels.map((pixel) =>
    along(Math.floor(pixel / width), rows).flatMap((y) =>
      along(pixel % width, columns).map(
        (x) => (y.offset * side + x.offset) * rows * columns + at(places, y.tile * columns + x.tile),
      ),
    ),
  )
  const outside = side * side * rows * columns
  const turns = Math.max(1, ...covers.map(({ length }) => length))
  const others = Array.from({ length: turns - 1 }, (_, turn) =>
    covers.flatMap((sources, place) => {
      const source = sources[turn + 1]
      return source === undefined ? [] : [{ place, source }]
    }),
  )
  return [covers.map(([nearest], place) => ({ place, source: nearest ?? outside })), ...others]
}

export const isIdentity = (indices: readonly number[]): boolean => indices.every((index, i) => index === i)
