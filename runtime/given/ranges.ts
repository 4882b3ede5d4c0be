/** The most that anything is counted to: steps, images, neighbours. */
const MANY = 1_000_000_000

/** More than any machine has cores; each costs a stack, and onnxruntime makes all of them at once. */
const MOST_THREADS = 1024

/** From the least to the most, both included. */
type Range = readonly [least: number, most: number]

/** What whole numbers may be, as options of functions and as flags of the command line. */
export const ranges = {
  many: [1, MANY],
  epochs: [1, 1_000_000],
  steps: [1, MANY],
  /** Every whole number that is exact; streams of random numbers are made of all of its digits. */
  seed: [0, Number.MAX_SAFE_INTEGER],
  checkpointEvery: [1, MANY],
  keep: [1, MANY],
  fromStep: [1, MANY],
  /** None where nothing is probed with few labels. */
  repeats: [0, MANY],
  /** The number of a batch, from the first. */
  first: [0, MANY],
  threads: [1, MOST_THREADS],
  workers: [1, MOST_THREADS],
  /** Of layers, on hosts. */
  groups: [1, MOST_THREADS],
  /** Of a GPU, among those of a machine. */
  device: [0, 1023],
  prepareAhead: [0, 1000],
} as const satisfies Readonly<Record<string, Range>>

/** Files that node_exporter reads: it passes over all others, without a word. */
export const prometheusName = /[^/]\.prom$/
