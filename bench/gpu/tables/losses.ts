import { table } from '../../markdown.ts'
import { median } from '../../statistics.ts'
import { ofKind, type Figure, type Of, type Setting } from '../figures.ts'
import { casesIn } from './cases-in.ts'

type Losses = Of<'losses'>['losses']

/** The relative difference of every loss from what is right, NaN where either is not finite; none where they are not as many. */
export function relativeErrors(losses: Losses, right: Losses): number[] {
  const [a, b] = [losses.flat(), right.flat()]
  if (a.length !== b.length) return []
  return a.map((value, i) => {
    const exact = b[i] ?? NaN
    return value === null ? NaN : Math.abs(value - exact) / Math.abs(exact)
  })
}

const shown = (error: number): string => (Number.isFinite(error) ? error.toExponential(1) : 'not finite')

/** The largest; of many the median, too. */
function summary(errors: readonly number[], isMany: boolean): string {
  if (errors.length === 0) return 'others'
  const largest = shown(Math.max(...errors))
  return isMany && !errors.some(Number.isNaN) ? `${shown(median(errors))} (${largest})` : largest
}

/**
 * How far the losses of the first step, and of all, are from those of the CPU. Rounding grows from step to step, so PyTorch's
 * own distance is the yardstick.
 */
export function lossTable(figures: readonly Figure[]): string {
  const all = ofKind(figures, 'losses')
  const found = (name: string, setting: Setting, side: 'hebb' | 'pytorch') =>
    all.find(
      (each) =>
        each.case === name &&
        each.setting === setting &&
        each.by.side === side &&
        (each.by.side === 'hebb' || each.by.variant === ''),
    )?.losses
  const cells = (losses: Losses | undefined, right: Losses | undefined): readonly string[] => {
    if (losses === undefined || right === undefined) return ['', '']
    const first = relativeErrors(losses.slice(0, 1), right.slice(0, 1))
    return [summary(first, false), summary(relativeErrors(losses, right), true)]
  }
  const sessions = ofKind(figures, 'session')
  const rows = casesIn(figures).map((name) => {
    const cpu = found(name, 'cpu', 'hebb')
    const session = sessions.find((each) => each.case === name)
    return [
      name,
      session === undefined ? '' : `${session.nodes} in ${session.graphs}`,
      ...cells(found(name, 'float32', 'hebb'), cpu),
      ...cells(found(name, 'tf32', 'hebb'), cpu),
      ...cells(found(name, 'mixed', 'hebb'), cpu),
      ...cells(found(name, 'float32', 'pytorch'), cpu),
      ...cells(found(name, 'tf32', 'pytorch'), cpu),
    ]
  })
  if (rows.length === 0) return ''
  const steps = all[0]?.losses.length ?? 0
  const head = [
    '',
    'nodes, graphs',
    ...['float32', 'TF32', 'mixed', 'PyTorch float32', 'PyTorch TF32'].flatMap((name) => [
      `${name}, first step`,
      `${steps} steps`,
    ]),
  ]
  return `${table(head, rows)}\n\nRelative difference from the losses of our CPU: the largest of all layers in the first step; the median over all layers and steps, and the largest. Views are noise, on which rounding grows tenfold every few steps: PyTorch's distance is the yardstick.`
}
