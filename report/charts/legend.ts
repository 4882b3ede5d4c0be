import { dot, link, text } from '@observablehq/plot'
import { widthOf } from '../format.ts'
import { draw } from '../plot/drawing.ts'
import type { ClassSymbol } from '../colours.ts'
import type { Drawing } from '../plot/drawing.ts'

/** What a mark or a line of a drawing means. */
export interface Entry {
  readonly name: string
  readonly colour: string
  readonly symbol?: ClassSymbol
  /** Drawn with a line through the mark. */
  readonly line?: 'solid' | 'dashed'
  readonly hollow?: boolean
}

const ROW = 20

interface Placed extends Entry {
  readonly x: number
  readonly y: number
}

/** Entries in as many columns as fit. */
export const drawLegend = (entries: readonly Entry[], width: number): Drawing => {
  const lined = entries.some(({ line }) => line !== undefined)
  const sample = lined ? 30 : 12
  const widest = sample + 26 + Math.max(0, ...entries.map(({ name }) => widthOf(name)))
  const columns = Math.max(1, Math.floor(width / widest))
  const placed = entries.map((entry, index): Placed => ({
    ...entry,
    x: sample / 2 + 1 + (index % columns) * widest,
    y: ROW / 2 + Math.floor(index / columns) * ROW,
  }))
  const height = Math.max(1, Math.ceil(entries.length / columns)) * ROW
  const identity = { type: 'identity', axis: null } as const
  return draw({
    ...{ width: Math.max(width, widest), height, margin: 0, x: identity, y: identity },
    symbol: { type: 'identity' },
    marks: placed.flatMap((entry) => {
      const { colour, line, hollow = false, symbol = 'circle', name } = entry
      const ends = { x1: entry.x - sample / 2, x2: entry.x + sample / 2, y1: entry.y, y2: entry.y }
      const broken = line === 'dashed' ? { strokeDasharray: '5 4' } : {}
      return [
        ...(line
          ? [link([ends], { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', stroke: colour, ...broken })]
          : []),
        dot([entry], {
          ...{ x: 'x', y: 'y', symbol, r: 4, stroke: colour, strokeWidth: 1.5 },
          ...(hollow ? { className: 'page' } : { fill: colour }),
        }),
        text([name], { x: [entry.x + sample / 2 + 8], y: [entry.y], textAnchor: 'start', fontSize: 12 }),
      ]
    }),
  })
}
