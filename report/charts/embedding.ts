import { dot } from '@observablehq/plot'
import { classColour, classSymbol, OTHER_COLOUR } from '../colours.ts'
import { plural, shorten } from '../format.ts'
import { draw } from '../plot/drawing.ts'
import { drawLegend } from './legend.ts'
import type { Drawing } from '../plot/drawing.ts'
import type { Embedding } from '../judged.ts'
import type { Entry } from './legend.ts'

/** More colours than these nobody tells apart. */
const MOST_CLASSES = 12
const LONGEST_NAME = 18
/** Beside the points, or below them. */
const LEGEND = 240

interface Shown extends Entry {
  /** Its number among the classes; the others have none. */
  readonly label?: number
}

/** All classes, or those with the most images and one entry for the others. */
const shownClasses = ({ classes, labels }: Embedding): readonly Shown[] => {
  if (!labels) return []
  const counts = classes.map((_, label) => labels.filter((each) => each === label).length)
  const ranked = [...counts.entries()].sort(([, a], [, b]) => b - a).map(([label]) => label)
  const few = classes.length <= MOST_CLASSES
  const kept = ranked.slice(0, few ? classes.length : MOST_CLASSES).sort((a, b) => a - b)
  const entries = kept.map((label, index): Shown => ({
    label,
    name: shorten(classes[label] ?? '', LONGEST_NAME),
    colour: classColour(index),
    symbol: classSymbol(index),
  }))
  if (few) return entries
  return [
    ...entries,
    { name: plural(classes.length - kept.length, 'other class', 'other classes'), colour: OTHER_COLOUR },
  ]
}

/** A point per image, and which class has which colour and shape. */
export const drawEmbedding = (
  embedding: Embedding,
): { readonly points: Drawing; readonly legend?: Drawing } => {
  const { points, labels } = embedding
  const shown = shownClasses(embedding)
  const ofClass = new Map(shown.map((entry) => [entry.label, entry]))
  const others = ofClass.get(undefined)
  const drawn = points.map(([x, y], index) => {
    const entry = ofClass.get(labels?.[index]) ?? others
    return {
      x,
      y,
      colour: entry?.colour ?? classColour(0),
      symbol: entry?.symbol ?? 'circle',
      last: entry !== others,
    }
  })
  const finite = drawn.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  // Behind those of the classes that are named.
  const ordered = [...finite.filter(({ last }) => !last), ...finite.filter(({ last }) => last)]
  const side = 600
  return {
    points: draw({
      ...{ width: side, height: side, margin: 6 },
      x: { axis: null },
      y: { axis: null },
      color: { type: 'identity' },
      symbol: { type: 'identity' },
      marks: [dot(ordered, { x: 'x', y: 'y', fill: 'colour', symbol: 'symbol', r: 3, fillOpacity: 0.85 })],
    }),
    ...(shown.length > 0 ? { legend: drawLegend(shown, LEGEND) } : {}),
  }
}
