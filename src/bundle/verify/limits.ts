/**
 * How much a stranger's graph may have. Each figure is several times that of the largest graph of the recipes (ResNet-18 by
 * backpropagation, four steps in a run), and so small that a bundle which has as much is read in less than a second.
 */

/** What is counted as a file is read, before anything is kept of it. */
export interface Amounts {
  /** Of protobuf; each takes half a microsecond. */
  readonly fields: number
  /** Those in bodies of loops too, as below. */
  readonly nodes: number
  readonly constants: number
  /** Types of values: inputs, outputs and those in between. */
  readonly types: number
}

/** The largest of the recipes has 68,000 fields, 3,000 nodes, 250 constants and 2,800 types. */
export const ofGraph: Amounts = { fields: 250_000, nodes: 12_000, constants: 12_000, types: 12_000 }

/** All graphs together; the largest bundle of the recipes has 124,000 fields, 6,000 nodes, 1,100 constants and 5,200 types. */
export const ofBundle: Amounts = { fields: 900_000, nodes: 45_000, constants: 30_000, types: 45_000 }

/** Loops over steps have loops over slices in them; there is nothing further. */
export const DEEPEST = 4

/** Of every value, declared or made. */
export const MOST_AXES = 32

/** As long as a list of sizes, or of what is done with them, may be: two for each axis. Of longer ones no numbers are known. */
export const LONGEST_LIST = 64

/** A list in an attribute has an item or two an axis. */
export const MOST_ITEMS = 64

/** Of loops: what they are given, and what they give. */
export const MOST_NAMES = 10_000

/** Days of a large machine; no run of a graph of ours takes more. */
export const MOST_WORK = Number.MAX_SAFE_INTEGER

/** Names and places in programs. */
export const LONGEST_TEXT = 4096
