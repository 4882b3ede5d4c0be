import { join } from 'node:path'
import type { CaseName } from './cases.ts'
import type { Surroundings } from './job.ts'

/** Where a case lies; both sides read it there. */
export const caseFolder = ({ folder }: Surroundings, name: CaseName): string =>
  join(folder, name.replaceAll(' ', '-'))

/** Of a case, the bundles beside that for CUDA: that which the CPU runs, and that of mixed precision. */
export const CPU_BUNDLE = 'cpu'
export const MIXED_BUNDLE = 'mixed'
