/** Of every random number in the benchmarks. */
export const SEED = 0
