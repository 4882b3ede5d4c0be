import { axisX, axisY, cell, text } from '@observablehq/plot'
import { at } from '../../src/base/lists.ts'
import { heatColour } from '../colours.ts'
import { inkOn } from '../contrast.ts'
import { shorten, widthOf } from '../format.ts'
import { markup } from '../markup.ts'
import { draw } from '../plot/drawing.ts'
import type { Drawing } from '../plot/drawing.ts'
import type { Confusion } from '../judged.ts'

/** Up to so many classes the images are counted in the cells, and classes named. */
const MOST_NUMBERED = 20
const CELL = 34
/** Of all cells together, where there are more classes. */
const SIDE = 420
const LONGEST_NAME = 14
/** Room for the name of the axis. */
const LEFT = 24
/** So many colours are told apart, and keep a page small. */
const SHADES = 32

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Part of the images of a class; its square root gives rare confusions a colour that can be seen. */
const colourOf = (count: number, total: number): string =>
  heatColour(total > 0 ? Math.ceil(SHADES * Math.sqrt(count / total)) / SHADES : 0)

const domainOf = (classes: readonly string[]) => ({
  domain: classes.map((_, index) => index),
  ...({ type: 'band', padding: 0, label: null, axis: null } as const),
})

/** Every cell with its number, classes with their names. */
const drawNumbered = ({ classes, counts }: Confusion): Drawing => {
  const names = classes.map((name) => shorten(name, LONGEST_NAME))
  const longest = Math.max(0, ...names.map(widthOf))
  const slanted = longest > CELL
  const [left, below] = [14 + longest, slanted ? 18 + 0.72 * longest : 20]
  const cells = counts.flatMap((row, y) => {
    const total = sum(row)
    return row.map((count, x) => ({ x, y, count, colour: colourOf(count, total) }))
  })
  type Cell = (typeof cells)[number]
  const axis = {
    className: 'ink',
    tickSize: 0,
    fontSize: 12,
    tickFormat: (index: number) => at(names, index),
  }
  return draw({
    width: left + classes.length * CELL + 4,
    height: 4 + classes.length * CELL + below,
    ...{ marginTop: 4, marginRight: 4, marginBottom: below, marginLeft: left },
    x: domainOf(classes),
    y: domainOf(classes),
    color: { type: 'identity' },
    marks: [
      cell(cells, { x: 'x', y: 'y', fill: 'colour', inset: 0.5 }),
      axisY(axis),
      axisX({ ...axis, ...(slanted ? { tickRotate: -45 } : {}) }),
      text(
        cells.filter(({ count }) => count > 0),
        {
          ...{ x: 'x', y: 'y', text: ({ count }: Cell) => String(count) },
          ...{ fill: ({ colour }: Cell) => inkOn(colour), fontSize: 11 },
        },
      ),
    ],
  })
}

/** Colours alone. Cells of one colour share a path, which is far shorter than a rectangle each. */
const drawColoured = ({ classes, counts }: Confusion): Drawing => {
  const side = Math.max(1, Math.floor(SIDE / classes.length))
  const squares = new Map<string, string>()
  for (const [y, row] of counts.entries()) {
    const total = sum(row)
    for (const [x, count] of row.entries()) {
      if (count === 0) continue
      const colour = colourOf(count, total)
      squares.set(
        colour,
        `${squares.get(colour) ?? ''}M${LEFT + x * side} ${y * side}h${side}v${side}h-${side}z`,
      )
    }
  }
  const all = classes.length * side
  const middle = all / 2
  return {
    content: markup`<g shape-rendering="crispEdges"><path fill="${heatColour(0)}" d="M${LEFT} 0h${all}v${all}h-${all}z"/>
${[...squares].map(([colour, path]) => markup`<path fill="${colour}" d="${path}"/>`)}</g>
<g class="quiet" text-anchor="middle" font-size="12"><text transform="translate(12,${middle}) rotate(-90)">true class</text>
<text x="${LEFT + middle}" y="${all + 17}">judged class</text></g>
`,
    width: LEFT + all,
    height: all + 24,
  }
}

/** A row per true class, a column per judged one. */
export const drawConfusion = (confusion: Confusion): Drawing =>
  confusion.classes.length <= MOST_NUMBERED ? drawNumbered(confusion) : drawColoured(confusion)
