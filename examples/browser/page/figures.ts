import { drawLines, type Line } from '../../../report/charts/lines.ts'
import { drawnCurve, extentOf } from '../../../report/charts/points.ts'
import { layerColour, OTHER_COLOUR } from '../../../report/colours.ts'
import { formatPercent } from '../../../report/format.ts'
import { describe } from '../../../report/parts/curves.ts'
import { svgOf } from '../../../report/plot/drawing.ts'
import { element } from './element.ts'
import { ruleLook } from './rule-look.ts'
import type { Points, Run } from './run.ts'

/** A chart of the page. */
interface Chart {
  readonly id: string
  readonly title: string
  readonly format: (value: number) => string
  readonly limits?: readonly [low: number, high: number]
  /** Axes span no less than this, so that noise looks like noise. */
  readonly least: number
  /** What stands there before there is anything to draw. */
  readonly empty: string
  readonly lines: (run: Run | undefined, before: readonly Run[]) => readonly Line[]
}

const HEIGHT = 230

type Curves = (run: Run) => ReadonlyMap<string, Points>

/** One line a layer, and behind them those of the run before. */
const byLayer =
  (curves: Curves): Chart['lines'] =>
  (run, before) => {
    const layers = run?.ready?.layers ?? []
    const own = layers.flatMap((layer, i) => {
      const points = run && curves(run).get(layer)
      return points ? [{ ...drawnCurve({ layer, points }), colour: layerColour(i, layers.length) }] : []
    })
    const last = before.at(-1)
    const behind = [...(last ? curves(last) : [])].map(([layer, points]) => ({
      ...drawnCurve({ layer, points }),
      colour: OTHER_COLOUR,
      behind: true,
    }))
    return [...behind, ...own]
  }

/** Runs of one rule share its colour: those before are thin and have no name. */
const compared: Chart['lines'] = (run, before) => {
  const all = [...before, ...(run ? [run] : [])].filter(({ all }) => all.length > 0)
  const last = new Map(all.map((each) => [each.asked.rule, each]))
  return all.map((each) => ({
    ...drawnCurve({ layer: shortName(each), points: each.all }),
    ...ruleLook[each.asked.rule],
    behind: last.get(each.asked.rule) !== each,
  }))
}

const shortName = ({ asked }: Run): string =>
  ({ 'clapp++': 'by itself', 'clapp++dfb': 'with a hint', 'bp-clapp++': 'backprop' })[asked.rule]

const LOOKED = 'Measured before the first step, and three times an epoch.'
const decimals = (value: number): string => value.toFixed(2).replace('-', '−')

const charts: readonly Chart[] = [
  {
    ...{ id: 'accuracies', title: 'What each layer knows, in per cent', empty: LOOKED },
    ...{ format: formatPercent, limits: [0, 1], least: 0.2 },
    lines: byLayer(({ accuracies }) => accuracies),
  },
  {
    ...{ id: 'losses', title: 'Loss of each layer', empty: 'A point a step.', format: decimals, least: 0.3 },
    lines: byLayer(({ losses }) => losses),
  },
  {
    ...{ id: 'cosines', title: 'Agreement with backpropagation', empty: LOOKED },
    ...{ format: decimals, limits: [-1, 1], least: 0.5 },
    lines: byLayer(({ cosines }) => cosines),
  },
  {
    ...{ id: 'compared', title: 'Runs compared, in per cent', empty: 'A curve a run.' },
    ...{ format: formatPercent, limits: [0, 1], least: 0.1 },
    lines: compared,
  },
]

/** Of at least such a span, about the same middle. */
function widened([low, high]: readonly [number, number], least: number): readonly [number, number] {
  const more = Math.max(0, least - (high - low)) / 2
  return [low - more, high + more]
}

/** Draws all charts that have changed since they were drawn. */
export function drawFigures(run: Run | undefined, before: readonly Run[]): void {
  const total = [...before, ...(run ? [run] : [])].flatMap(({ ready }) => ready?.totalSteps ?? [])
  for (const chart of charts) {
    const place = element(chart.id, HTMLDivElement)
    const lines = chart.lines(run, before).filter(({ points }) => points.length > 0)
    const isEmpty = lines.every(({ behind }) => behind)
    for (const note of place.parentElement?.querySelectorAll<HTMLElement>('.before') ?? [])
      note.hidden = isEmpty || !lines.some(({ behind }) => behind)
    if (isEmpty) {
      place.innerHTML = `<p class="empty">${chart.empty}</p>`
      place.dataset.drawn = ''
      continue
    }
    const width = Math.max(240, Math.min(560, place.clientWidth))
    const drawn = [
      width,
      ...lines.map(({ points }) => `${points.length} ${points.at(-1)?.step ?? ''}`),
    ].join()
    if (place.dataset.drawn === drawn) continue
    place.dataset.drawn = drawn
    const { format, limits, least } = chart
    const domain = widened(extentOf(lines), least)
    const look = { ...{ width, height: HEIGHT, along: 'step', named: true, format }, limits, domain }
    const drawing = drawLines(lines, { ...look, steps: [0, Math.max(...total)] })
    const front = lines.filter(({ behind }) => behind !== true)
    place.innerHTML = svgOf(drawing, `${chart.title}, by step: ${describe(front, format)}.`).text
  }
}
