import { table } from '../../markdown.ts'
import type { Figure } from '../figures.ts'
import { casesIn } from './cases-in.ts'

const sides = [
  { title: 'Hebb, float32', section: (name: string) => `steps ${name}, float32` },
  { title: 'Hebb, TF32', section: (name: string) => `steps ${name}, tf32` },
  { title: 'Hebb, mixed precision', section: (name: string) => `steps ${name}, mixed` },
  { title: 'PyTorch', section: (name: string) => `PyTorch ${name}` },
] as const

/** The most memory of the device that was in use while each side was at work, whoever used it. */
export function memoryTable(figures: readonly Figure[]): string {
  const peak = (wanted: string): number => {
    const told = figures.flatMap(({ section, deviceMemory }) =>
      section === wanted && deviceMemory !== null ? [deviceMemory] : [],
    )
    return Math.max(...told, 0)
  }
  const rows = casesIn(figures)
    .map((name) => ({ name, peaks: sides.map(({ section }) => peak(section(name))) }))
    .filter(({ peaks }) => peaks.some((value) => value > 0))
    .map(({ name, peaks }) => [name, ...peaks.map((value) => (value > 0 ? `${value} MiB` : ''))])
  return rows.length === 0 ? '' : table(['', ...sides.map(({ title }) => title)], rows)
}
