import { axisX, axisY, cell, text } from '@observablehq/plot'
import { at } from '../../src/base/lists.ts'
import { SHADES } from '../colours.ts'
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Part of the images of a class; its square root gives rare confusions a colour that can be seen. Of the style's shades. */
const shadeOf = (count: number, total: number): number =>
  total > 0 ? Math.ceil(SHADES * Math.sqrt(count / total)) : 0

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
    return row.map((count, x) => ({ x, y, count, shade: shadeOf(count, total) }))
  })
  type Cell = (typeof cells)[number]
  const shades = [...new Set(cells.map(({ shade }) => shade))].map(
    (shade) => [shade, cells.filter((each) => each.shade === shade)] as const,
  )
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
    marks: [
      ...shades.map(([shade, own]) => cell(own, { className: `heat${shade}`, x: 'x', y: 'y', inset: 0.5 })),
      axisY(axis),
      axisX({ ...axis, ...(slanted ? { tickRotate: -45 } : {}) }),
      ...shades
        .filter(([shade]) => shade > 0)
        .map(([shade, own]) =>
          text(own, {
            ...{ className: `on-heat${shade}`, x: 'x', y: 'y', fontSize: 11 },
            text: ({ count }: Cell) => String(count),
          }),
        ),
    ],
  })
}

/** Colours alone. Cells of one colour share a path, which is far shorter than a rectangle each. */
const drawColoured = ({ classes, counts }: Confusion): Drawing => {
  const side = Math.max(1, Math.floor(SIDE / classes.length))
  const squares = new Map<number, string>()
  for (const [y, row] of counts.entries()) {
    const total = sum(row)
    for (const [x, count] of row.entries()) {
      if (count === 0) continue
      const shade = shadeOf(count, total)
      squares.set(
        shade,
        `${squares.get(shade) ?? ''}M${LEFT + x * side} ${y * side}h${side}v${side}h-${side}z`,
      )
    }
  }
  const all = classes.length * side
  const middle = all / 2
  return {
    content: markup`<g shape-rendering="crispEdges"><path class="heat0" d="M${LEFT} 0h${all}v${all}h-${all}z"/>
${[...squares].map(([shade, path]) => markup`<path class="heat${shade}" d="${path}"/>`)}</g>
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
