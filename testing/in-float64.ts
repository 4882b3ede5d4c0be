import type { Program } from '../src/index.ts'

/** The same program for a proof: in float64 throughout, whatever precision its training is to have. */
export const inFloat64 = (program: Program): Program => ({ ...program, dtype: 'float64', precision: 'full' })
