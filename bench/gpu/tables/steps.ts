import { table } from '../../markdown.ts'
import { median } from '../../statistics.ts'
import { stepsPerRun } from '../cases.ts'
import { deviceSettings, ofKind, type Figure, type Of } from '../figures.ts'
import { casesIn } from './cases-in.ts'

const shown = (milliseconds: number | undefined): string =>
  milliseconds === undefined
    ? ''
    : milliseconds >= 100
      ? milliseconds.toFixed(0)
      : milliseconds.toPrecision(3)

const titles = { float32: 'float32', tf32: 'TF32', mixed: 'mixed precision' } as const

/** Milliseconds that a run takes beside its steps, from its shortest and its longest. */
export function costOfRun(times: ReadonlyMap<number, number>): number | undefined {
  const [one, most] = [stepsPerRun[0], Math.max(...stepsPerRun)]
  const [short, long] = [times.get(one), times.get(most)]
  if (short === undefined || long === undefined || one === most) return undefined
  const step = (most * long - one * short) / (most - one)
  return one * (short - step)
}

/** Times of a step, medians: ours by steps of a run, PyTorch's by what it was told. */
export function stepTable(figures: readonly Figure[]): string {
  const all = ofKind(figures, 'step')
  if (all.length === 0) return ''
  const tables = deviceSettings.flatMap((setting) => {
    const ofSetting = all.filter((each) => each.setting === setting)
    const variants = variantsOf(ofSetting)
    const rows = casesIn(ofSetting).map((name) => row(name, ofSetting, variants))
    if (rows.length === 0) return []
    const head = [
      titles[setting],
      ...stepsPerRun.map((steps) => `${steps} a run`),
      'a run beside its steps',
      ...variants.map((variant) => (variant === '' ? 'PyTorch' : `PyTorch, ${variant}`)),
      'ratio to best',
    ]
    return [table(head, rows)]
  })
  return `${tables.join('\n\n')}\n\nMilliseconds, medians. Ours with so many steps in a run of the graphs; PyTorch with the fused AdamW.`
}

const variantsOf = (steps: readonly Of<'step'>[]): readonly string[] => [
  ...new Set(steps.flatMap(({ by }) => (by.side === 'pytorch' ? [by.variant] : []))),
]

function row(name: string, all: readonly Of<'step'>[], variants: readonly string[]): string[] {
  const own = all.filter((each) => each.case === name)
  const ours = new Map(
    own.flatMap(({ by, stepsPerRun, milliseconds }) =>
      by.side === 'hebb' && stepsPerRun !== undefined ? [[stepsPerRun, median(milliseconds)] as const] : [],
    ),
  )
  const theirs = variants.map((variant) => {
    const found = own.find(({ by }) => by.side === 'pytorch' && by.variant === variant)
    return found === undefined ? undefined : median(found.milliseconds)
  })
  const known = theirs.flatMap((time) => time ?? [])
  const ratio = Math.min(...ours.values()) / Math.min(...known)
  return [
    name,
    ...stepsPerRun.map((steps) => shown(ours.get(steps))),
    shown(costOfRun(ours)),
    ...theirs.map(shown),
    known.length > 0 && ours.size > 0 ? `**${ratio.toFixed(2)}**` : '',
  ]
}
