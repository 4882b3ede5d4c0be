import { plot } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { markup } from '../markup.ts'
import { contentOf } from './content.ts'
import type { Markup } from '../markup.ts'
import type { PlotOptions } from '@observablehq/plot'

/** What stands in an `<svg>`, and the room that it takes in pixels. Its colours are classes of the style. */
export interface Drawing {
  readonly content: Markup
  readonly width: number
  readonly height: number
}

interface Sized extends PlotOptions {
  readonly width: number
  readonly height: number
}

/** The document in which Plot makes its elements; it stays empty. Its type is one of browsers, not known in Node.js. */
const page: unknown = parseHTML('<!doctype html><html></html>')
const document: unknown = typeof page === 'object' && page ? Reflect.get(page, 'document') : undefined

/** A pure function of the options. */
export const draw = (options: Sized): Drawing => {
  const drawn: unknown = Reflect.apply(plot, undefined, [{ ...options, document }])
  // Plot sets the anchor of all texts on its own <svg>.
  const content = markup`<g text-anchor="middle">${contentOf(drawn)}</g>
`
  return { content, width: options.width, height: options.height }
}

/** Drawings below each other, as one. */
export const stacked = (parts: readonly Drawing[], gap: number): Drawing => {
  let top = 0
  const content = parts.map((part) => {
    const placed = markup`<g transform="translate(0,${top})">${part.content}</g>
`
    top += part.height + gap
    return placed
  })
  return {
    content: markup`${content}`,
    width: Math.max(0, ...parts.map(({ width }) => width)),
    height: Math.max(0, top - gap),
  }
}

/** Drawings beside each other, as many as fit a width, as one. */
export const sideBySide = (parts: readonly Drawing[], width: number, gap: number): Drawing => {
  const rows: Drawing[][] = []
  let used = Infinity
  for (const part of parts) {
    if (used + gap + part.width > width) rows.push([])
    used = used + gap + part.width > width ? part.width : used + gap + part.width
    rows.at(-1)?.push(part)
  }
  return stacked(
    rows.map((row) => {
      let left = 0
      const content = row.map((part) => {
        const placed = markup`<g transform="translate(${left},0)">${part.content}</g>
`
        left += part.width + gap
        return placed
      })
      return {
        content: markup`${content}`,
        width: left - gap,
        height: Math.max(...row.map(({ height }) => height)),
      }
    }),
    gap,
  )
}

/** A drawing in a page, with what it shows in words. */
export const svgOf = ({ content, width, height }: Drawing, label: string): Markup =>
  markup`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
${content}</svg>`
