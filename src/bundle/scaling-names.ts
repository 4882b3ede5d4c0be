import type { BlockScaling } from './schema/scaling.ts'

/** The states of a block that its loss scale is, and is adjusted by. */
export const namesOfScaling = ({ scale, steps, skipped }: BlockScaling): string[] => [
  ...[steps, skipped],
  ...(scale === undefined ? [] : [scale]),
]
