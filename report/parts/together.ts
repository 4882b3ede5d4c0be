import { drawLines } from '../charts/lines.ts'
import { drawnCurve } from '../charts/points.ts'
import { layerColour } from '../colours.ts'
import { markup } from '../markup.ts'
import { svgOf } from '../plot/drawing.ts'
import { alignmentFigure, alignmentSeries } from './alignment.ts'
import { BANDS, describe, hasBands, measures, probeCurves, PERCENT, SMALL } from './curves.ts'
import type { Line } from '../charts/lines.ts'
import type { Markup } from '../markup.ts'
import type { Curve, Run } from '../run.ts'

/** What several runs have in common: a frame a layer, a line a run. */

/** Letters of a wider drawing are too small on a phone. */
const ALIGNMENT_WIDTH = 420

/** A curve of each run that has the layer; undefined where fewer than two have. */
const linesOf = (
  layer: string,
  curves: readonly (readonly Curve[])[],
  runs: readonly Run[],
): readonly Line[] | undefined => {
  const lines = runs.flatMap(({ name }, index): Line[] => {
    const curve = curves[index]?.find((each) => each.layer === layer)
    const drawn = curve && drawnCurve(curve)
    return drawn && drawn.points.length > 0
      ? [{ ...drawn, layer: name, colour: layerColour(index, runs.length) }]
      : []
  })
  return lines.length > 1 ? lines : undefined
}

interface Shown {
  readonly title: string
  /** Of each run. */
  readonly curves: readonly (readonly Curve[])[]
  readonly format?: (value: number) => string
  readonly limits?: readonly [low: number, high: number]
}

/** Undefined where no layer is one of two runs. */
const frames = ({ title, curves, format, limits }: Shown, runs: readonly Run[]): Markup | undefined => {
  const layers = [...new Set(curves.flat().map(({ layer }) => layer))]
  const shown = layers.flatMap((layer) => {
    const lines = linesOf(layer, curves, runs)
    return lines ? [{ layer, lines }] : []
  })
  if (shown.length === 0) return undefined
  const look = { ...SMALL, along: 'step', named: false, ...(format ? { format } : {}) }
  const words = format ?? ((value: number) => value.toPrecision(3))
  const bands = hasBands(shown.flatMap(({ lines }) => lines))
  return markup`<figure class="wide"><h4>${title}</h4>
<div class="multiples">${shown.map(
    ({ layer, lines }) =>
      markup`<div><h5>${layer}</h5>${svgOf(drawLines(lines, { ...look, limits }), `${title}, ${layer}: ${describe(lines, words)}.`)}</div>
`,
  )}</div>${bands ? markup`<figcaption>${BANDS}</figcaption>` : undefined}</figure>
`
}

/** A drawing for each encoder that two runs share. */
const alignments = (runs: readonly Run[]): readonly Markup[] => {
  const measured = runs.flatMap(({ name, alignment }, index) =>
    alignment
      ? [
          {
            layers: alignment.layers.map(({ layer }) => layer),
            series: alignmentSeries(name, index, alignment),
          },
        ]
      : [],
  )
  const keyOf = ({ layers }: { readonly layers: readonly string[] }) => JSON.stringify(layers)
  const groups = [...new Set(measured.map(keyOf))].map((key) =>
    measured.filter((each) => keyOf(each) === key),
  )
  return groups.flatMap((group) => {
    const [first, ...others] = group
    return first && others.length > 0
      ? [
          markup`<div class="wide"><h4>Alignment with backpropagation</h4>
${alignmentFigure({ layers: first.layers, series: group.map(({ series }) => series), programs: runs.length }, ALIGNMENT_WIDTH)}</div>
`,
        ]
      : []
  })
}

/** Which runs have a layer of no other, so that they are in none of the frames. */
const alone = (runs: readonly Run[]): readonly string[] => {
  const layersOf = ({ losses, online = [] }: Run) =>
    [losses, ...measures.map(([measure]) => probeCurves(online, measure))].flat().map(({ layer }) => layer)
  return runs.flatMap((run) => {
    const others = new Set(runs.filter((other) => other !== run).flatMap(layersOf))
    return layersOf(run).some((layer) => others.has(layer))
      ? []
      : [`${run.name} has no layer that another run has, by name.`]
  })
}

/** Losses, probes while training and alignment of several runs; undefined where they share no layer. */
export const together = (runs: readonly Run[]): Markup | undefined => {
  if (runs.length < 2) return undefined
  const figures = [
    frames({ title: 'Loss of each layer', curves: runs.map(({ losses }) => losses) }, runs),
    ...measures.map(([measure, title]) =>
      frames(
        {
          title: `${title}, %`,
          curves: runs.map(({ online = [] }) => probeCurves(online, measure)),
          ...PERCENT,
        },
        runs,
      ),
    ),
    ...alignments(runs),
  ].filter((figure) => figure !== undefined)
  if (figures.length === 0) return undefined
  const legend = runs.map(
    ({ name }, index) =>
      markup`<li><svg viewBox="0 0 24 10" width="24" height="10" aria-hidden="true"><path fill="${layerColour(index, runs.length)}" d="M0 3h24v4h-24z"/></svg>${name}</li>`,
  )
  return markup`<ul class="legend">${legend}</ul>
<p class="quiet">A frame a layer, a line a run. Losses of different rules have scales of their own: compare their courses.${alone(runs).map((sentence) => ` ${sentence}`)}</p>
<div class="figures">${figures}</div>`
}
