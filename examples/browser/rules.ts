/** The rules that the page trains by, as their bundles are called. */
export const rules = ['clapp++', 'clapp++dfb', 'bp-clapp++'] as const
export type RuleName = (typeof rules)[number]

/** What a page has of a rule beside its bundle: products of its updates with backpropagation's. */
export const ALIGNMENT = 'alignment'

/** Length of a training, as in the demo. */
export const EPOCHS = 6
