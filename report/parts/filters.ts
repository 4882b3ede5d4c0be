import { rgbColour, signColour } from '../colours.ts'
import { plural } from '../format.ts'
import { markup } from '../markup.ts'
import type { Markup } from '../markup.ts'
import type { Filters } from '../run.ts'

/** Two grids of this width stand side by side on a phone. */
const GRID_WIDTH = 174

/** Where the pictures stand, in CSS pixels. */
interface Layout {
  readonly columns: number
  readonly rows: number
  readonly gap: number
  /** Side of one weight; whole or half, so that all look equally large. */
  readonly pixel: number
}

/** Height of a kernel of a signal, which is drawn as bars. */
const BARS = 36
const isSignal = ({ height }: Filters): boolean => height === 1
const tall = (filters: Filters, { pixel }: Layout): number =>
  isSignal(filters) ? BARS : filters.height * pixel

const layoutOf = (count: number, filters: Filters): Layout => {
  const { width } = filters
  if (isSignal(filters)) {
    const columns = width <= 16 ? 4 : width <= 40 ? 2 : 1
    const pixel = Math.max(0.5, Math.floor((2 * (GRID_WIDTH - (columns - 1) * 8)) / (columns * width)) / 2)
    return { columns, rows: Math.ceil(count / columns), gap: 8, pixel }
  }
  const columns = count <= 64 ? 8 : 16
  const gap = count <= 64 ? 4 : 2
  const room = (GRID_WIDTH - (columns - 1) * gap) / (columns * width)
  return { columns, rows: Math.ceil(count / columns), gap, pixel: Math.max(0.5, Math.floor(2 * room) / 2) }
}

/** The parts of a kernel of a signal from -1 to 1, its channels as their mean: as bars up and down. */
const bars = (images: readonly Float32Array[], filters: Filters, layout: Layout): Markup[] => {
  const { width, channels } = filters
  const { columns, gap, pixel: wide } = layout
  const middle = BARS / 2
  return images.map((image, index) => {
    const left = (index % columns) * (width * wide + gap)
    const top = Math.floor(index / columns) * (BARS + gap) + middle
    const means = Array.from({ length: width }, (_, at) => {
      const parts = Array.from({ length: channels }, (_, channel) => image[channel * width + at] ?? 0)
      return parts.reduce((sum, part) => sum + part, 0) / channels
    })
    const largest = Math.max(...means.map(Math.abs))
    const tallest = (value: number) =>
      largest > 0 && Number.isFinite(value / largest) ? (value / largest) * middle : 0
    const path = means
      .map((value, at) => {
        const high = Math.round(100 * tallest(value)) / 100
        return `M${left + at * wide} ${top}v${-high}h${wide}v${high}z`
      })
      .join('')
    return markup`<path class="grid" d="M${left} ${top}h${width * wide}"/><path class="trained" stroke-width="0" d="${path}"/>`
  })
}

/** One colour per pixel, row by row; each filter is scaled by its own largest weight. */
const pixels = (image: Float32Array, { width, height, channels }: Filters): string[] => {
  const size = width * height
  const largest = image.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
  const weight = (channel: number, pixel: number) => {
    const value = image[channel * size + pixel] ?? 0
    return largest > 0 && Number.isFinite(value / largest) ? value / largest : 0
  }
  return Array.from({ length: size }, (_, pixel) => {
    if (channels === 3) return rgbColour(weight(0, pixel), weight(1, pixel), weight(2, pixel))
    const sum = Array.from({ length: channels }, (_, channel) => weight(channel, pixel))
    return signColour(sum.reduce((total, part) => total + part, 0) / channels)
  })
}

/** Pixels of the same colour share a path, which is far shorter than a rectangle each. */
const paths = (images: readonly Float32Array[], filters: Filters, layout: Layout): Markup[] => {
  const { width, height } = filters
  const { columns, gap, pixel: side } = layout
  const squares = new Map<string, string>()
  for (const [index, image] of images.entries()) {
    const left = (index % columns) * (width * side + gap)
    const top = Math.floor(index / columns) * (height * side + gap)
    for (const [pixel, colour] of pixels(image, filters).entries()) {
      const [x, y] = [left + (pixel % width) * side, top + Math.floor(pixel / width) * side]
      squares.set(colour, `${squares.get(colour) ?? ''}M${x} ${y}h${side}v${side}h-${side}z`)
    }
  }
  return [...squares].map(([colour, path]) => markup`<path fill="${colour}" d="${path}"/>`)
}

/** Kernels as small pictures, under a name. */
export const gridOf = (name: string, images: readonly Float32Array[], filters: Filters): Markup => {
  const { layer, width } = filters
  const layout = layoutOf(images.length, filters)
  const across = layout.columns * (width * layout.pixel + layout.gap) - layout.gap
  const down = layout.rows * (tall(filters, layout) + layout.gap) - layout.gap
  return markup`<figure><figcaption>${name}</figcaption>
<svg viewBox="0 0 ${across} ${down}" width="${across}" height="${down}" role="img" shape-rendering="crispEdges"
 aria-label="${plural(images.length, 'filter')} of ${layer}, ${name.toLowerCase()}">${isSignal(filters) ? bars(images, filters, layout) : paths(images, filters, layout)}</svg></figure>`
}

const key = markup`<svg viewBox="0 0 44 10" width="44" height="10" aria-hidden="true" shape-rendering="crispEdges">${Array.from(
  { length: 11 },
  (_, index) => markup`<path fill="${signColour(index / 5 - 1)}" d="M${4 * index} 0h4v10h-4z"/>`,
)}</svg>`

/** The kernels of a layer as small pictures, before (where given) and after training. */
export const filterGrids = (filters: Filters): Markup => {
  const { layer, width, height, channels, before = [], after } = filters
  const legend = isSignal(filters)
    ? markup`<span>Bars up: positive, down: negative; each scaled by its largest weight${channels > 1 ? `, the mean of ${channels} channels` : ''}.</span>`
    : channels === 3
      ? markup`<span>Each scaled by its largest weight; mid-grey is zero.</span>`
      : markup`${key}<span>Negative, zero, positive; each scaled by its largest weight.</span>`
  return markup`<figure class="filters"><h4>Filters of ${layer} (${height}×${width})</h4>
<div class="pair">${before.length > 0 ? gridOf('Before training', before, filters) : undefined}
${after.length > 0 ? gridOf('After training', after, filters) : undefined}</div>
<figcaption>${legend}</figcaption></figure>`
}
