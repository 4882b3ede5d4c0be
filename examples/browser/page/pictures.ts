import { gridOf } from '../../../report/parts/filters.ts'
import { markup } from '../../../report/markup.ts'
import { element } from './element.ts'
import type { Kernels, Picture, Viewed } from '../messages.ts'

function canvasOf({ width, height, pixels }: Picture, what: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', what)
  const colours = new Uint8ClampedArray(4 * width * height)
  pixels.forEach((shade, i) => {
    colours.set([shade, shade, shade, 255], 4 * i)
  })
  canvas.getContext('2d')?.putImageData(new ImageData(colours, width, height), 0, 0)
  return canvas
}

/** Pictures with their views below. */
export function showViews(viewed: readonly Viewed[]): void {
  const shown = viewed.map(({ image, views, name }) => {
    const figure = document.createElement('figure')
    const caption = document.createElement('figcaption')
    caption.textContent = name
    figure.append(canvasOf(image, name), ...views.map((view, i) => canvasOf(view, `${name}, view ${i + 1}`)))
    figure.append(caption)
    return figure
  })
  element('views', HTMLDivElement).replaceChildren(...shown)
}

/** The kernels as the seed starts them, and as they are. */
export function showKernels(before: Kernels, now: Kernels): void {
  const filters = { layer: 'conv1', channels: 1, after: now.images, ...sizeOf(now) }
  element('filters', HTMLDivElement).innerHTML =
    markup`${gridOf('Before training', before.images, filters)}${gridOf('Now', now.images, filters)}`.text
}

const sizeOf = ({ width, height }: Kernels) => ({ width, height })
