import { at } from '../../src/base/lists.ts'
import { drawLines } from '../charts/lines.ts'
import { drawnCurve, extentOf } from '../charts/points.ts'
import { layerColour, OTHER_COLOUR } from '../colours.ts'
import { formatPercent, plural } from '../format.ts'
import { markup } from '../markup.ts'
import { svgOf } from '../plot/drawing.ts'
import type { DrawnCurve } from '../charts/points.ts'
import type { Line } from '../charts/lines.ts'
import type { Markup } from '../markup.ts'
import type { OnlineProbe, Probed, ProbedImages } from '../judged.ts'
import type { Curve, Run } from '../run.ts'

/** More curves than these in one frame nobody follows. */
const MOST_TOGETHER = 6
const WIDTH = 420
const HEIGHT = 230
export const SMALL = { width: 204, height: 138 }

interface Figure {
  readonly title: string
  readonly curves: readonly Curve[]
  /** Of the same layers, drawn dashed; `dashedName` says what they are. */
  readonly dashed?: readonly Curve[] | undefined
  readonly dashedName?: string
  /** Of no single layer: grey, so that a layer has the same colour in every figure. */
  readonly others?: readonly Curve[]
  readonly format?: (value: number) => string
  /** Frames that stand apart have one scale, so that layers can be compared. */
  readonly oneScale?: boolean
  /** Between which all values lie. */
  readonly limits?: readonly [low: number, high: number]
}

/** Of figures that are fractions of 1. */
export const PERCENT = { format: formatPercent, limits: [0, 1] } as const

/** How to read bands; said once for all figures of a part. */
export const BANDS = 'Lines: medians of neighbouring steps; bands: from the lowest to the highest of them.'

export const hasBands = (curves: readonly DrawnCurve[]): boolean =>
  curves.some(({ points }) => points.some(({ low, high }) => high > low))

const bandsOf = (curves: readonly Curve[]): Markup | undefined =>
  hasBands(curves.map(drawnCurve))
    ? markup`<p class="quiet">${BANDS}</p>
`
    : undefined

export const describe = (curves: readonly DrawnCurve[], format: (value: number) => string): string =>
  curves
    .map(({ layer, points }) => {
      const [first, last] = [at(points, 0), at(points, points.length - 1)]
      return `${layer} from ${format(first.value)} at step ${first.step} to ${format(last.value)} at step ${last.step}`
    })
    .join('; ')

const notFinite = (curves: readonly DrawnCurve[]): string | undefined => {
  const counts = curves
    .filter((curve) => curve.notFinite > 0)
    .map((curve) => `${curve.layer} at ${plural(curve.notFinite, 'step')}`)
  return counts.length > 0 ? `Not finite, so not drawn: ${counts.join(', ')}.` : undefined
}

/** How to read the curves. */
const captionOf = (
  drawn: readonly DrawnCurve[],
  apart: boolean,
  { dashed, dashedName, oneScale }: Figure,
): string => {
  return [
    dashed && dashedName !== undefined ? `Dashed: ${dashedName}.` : undefined,
    apart && oneScale !== true ? 'Each layer has a scale of its own.' : undefined,
    notFinite(drawn),
  ]
    .filter((sentence) => sentence !== undefined)
    .join(' ')
}

const linesOf = (figure: Figure): readonly Line[] => {
  const order = figure.curves.map(({ layer }) => layer)
  const colour = (layer: string) => layerColour(Math.max(0, order.indexOf(layer)), order.length)
  const drawn = (curve: Curve) => ({ ...drawnCurve(curve), colour: colour(curve.layer) })
  return [
    ...figure.curves.map(drawn),
    ...(figure.dashed ?? []).map((curve) => ({ ...drawn(curve), dashed: true })),
    ...(figure.others ?? []).map((curve) => ({ ...drawnCurve(curve), colour: OTHER_COLOUR })),
  ]
}

/** One number of all layers by step: in one frame, or in a frame each where there are many. */
export const curveFigure = (figure: Figure): Markup => {
  const all = linesOf(figure)
  const lines = all.filter(({ points }) => points.length > 0)
  const format = figure.format ?? ((value: number) => value.toPrecision(3))
  const look = {
    ...{ along: 'step', limits: figure.limits },
    ...(figure.format ? { format: figure.format } : {}),
  }
  const scale = figure.oneScale === true && lines.length > 0 ? { domain: extentOf(lines) } : {}
  const layers = [...new Set(lines.map(({ layer }) => layer))]
  const apart = layers.length > MOST_TOGETHER
  if (lines.length === 0)
    return markup`<figure><h4>${figure.title}</h4><p class="quiet">There is nothing to draw. ${notFinite(all)}</p></figure>`
  const caption = captionOf(all, apart, figure)
  const drawings = apart
    ? layers.map((layer) => {
        const own = lines.filter((line) => line.layer === layer)
        const label = `${figure.title}: ${describe(own, format)}.`
        return markup`<div><h5>${layer}</h5>${svgOf(drawLines(own, { ...SMALL, named: false, ...look, ...scale }), label)}</div>
`
      })
    : [
        svgOf(
          drawLines(lines, { width: WIDTH, height: HEIGHT, named: true, ...look }),
          `${figure.title} by step: ${describe(lines, format)}.`,
        ),
      ]
  return markup`<figure${apart ? markup` class="wide"` : undefined}><h4>${figure.title}</h4>
${apart ? markup`<div class="multiples">${drawings}</div>` : drawings}
${caption === '' ? undefined : markup`<figcaption>${caption}</figcaption>`}</figure>`
}

/** Losses, what else a rule logs, and losses on images that are not trained on. */
export const trainingFigures = ({ losses, logs = [], validation }: Run): Markup =>
  markup`${bandsOf([...losses, ...logs.flatMap(({ curves }) => curves)])}<div class="figures">${
    losses.length === 0 && logs.length > 0
      ? undefined
      : curveFigure({
          title: 'Loss of each layer',
          curves: losses,
          dashed: validation,
          dashedName: 'on images that are not trained on',
        })
  }
${logs.map(({ name, curves }) => curveFigure({ title: name, curves }))}</div>`

type Measure = 'linear' | 'knn'
export const measures: readonly (readonly [Measure, string])[] = [
  ['linear', 'Linear probe while training'],
  ['knn', 'kNN while training'],
]

export const probeCurves = (probes: readonly OnlineProbe[], measure: Measure): readonly Curve[] => {
  const layers = [...new Set(probes.flatMap((probe) => probe.layers.map(({ layer }) => layer)))]
  return layers
    .map((layer) =>
      curveOf(layer, probes, measure, (probe) => probe.layers.find((each) => each.layer === layer)),
    )
    .filter(({ points }) => points.length > 0)
}

const curveOf = (
  layer: string,
  probes: readonly OnlineProbe[],
  measure: Measure,
  read: (probe: OnlineProbe) => Probed | undefined,
): Curve => ({
  layer,
  points: probes
    .map((probe): readonly [number, number] => [probe.step, read(probe)?.[measure] ?? NaN])
    .filter(([, value]) => Number.isFinite(value)),
})

const judgedImages = {
  training: 'that the network is trained on, too',
  validation: 'that were set aside from training',
  labelled: 'both of the labelled split, which the network is not trained on',
} satisfies Record<ProbedImages['from'], string>

/** On which images, and how far a figure of so few can be trusted. */
const probedOn = (images: ProbedImages | undefined, noun: string): Markup | undefined => {
  if (!images) return undefined
  const { learned, judged, from } = images
  return markup`<p class="quiet">Classifiers learn from ${plural(learned, `labelled ${noun}`)} and are judged on ${judged} others, ${judgedImages[from]}. That is coarse: one ${noun} is ${formatPercent(1 / judged)} points, and figures are uncertain by ±${formatPercent(0.5 / Math.sqrt(judged))} points (a standard error, at most). Use them to see how training goes; the accuracies of the page are those of all test ${noun}s.</p>
`
}

/** What a linear classifier and neighbours make of each layer, by step, in per cent. */
export const onlineFigures = (probes: readonly OnlineProbe[], noun = 'image'): Markup =>
  markup`${probedOn(probes.at(-1)?.images, noun)}<div class="figures">${measures.map(([measure, title]) => {
    const curves = probeCurves(probes, measure)
    const whole = curveOf('all layers', probes, measure, ({ all }) => all)
    const others = whole.points.length > 0 ? [whole] : []
    return curves.length + others.length > 0
      ? curveFigure({ title: `${title}, %`, curves, others, ...PERCENT, oneScale: true })
      : undefined
  })}</div>`
