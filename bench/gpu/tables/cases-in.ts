import { caseNames } from '../cases.ts'
import type { Figure } from '../figures.ts'

/** The cases that figures are of, in the order of all. */
export const casesIn = (figures: readonly Figure[]): readonly string[] => {
  const found = new Set(figures.flatMap((figure) => ('case' in figure ? [figure.case] : [])))
  return caseNames.filter((name) => found.has(name))
}
