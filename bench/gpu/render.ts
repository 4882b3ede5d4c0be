import { contactTables } from './tables/contact.ts'
import { lossTable } from './tables/losses.ts'
import { memoryTable } from './tables/memory.ts'
import { stepTable } from './tables/steps.ts'
import type { Figure } from './figures.ts'

/** What figures come to, in Markdown. */
export function rendered(figures: readonly Figure[]): string {
  const { machine, commands, limits, augmentation, profile, missing } = contactTables(figures)
  const parts: readonly (readonly [string, string])[] = [
    ['', machine],
    ['Commands', commands],
    ['Losses', lossTable(figures)],
    ['Time of a step', stepTable(figures)],
    ['Memory', memoryTable(figures)],
    ['Augmentation', augmentation],
    ['What the machine does at most', limits],
    ['By node', profile],
    ['What was not measured', missing],
  ]
  return parts
    .filter(([, text]) => text !== '')
    .map(([title, text]) => (title === '' ? text : `**${title}**\n\n${text}`))
    .join('\n\n')
}
