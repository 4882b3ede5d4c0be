import type { Label } from './node.ts'

/** What the values of graphs are called. Names are for people and for whoever feeds a graph: nothing is read back from them. */

/** What a step makes of a parameter, of a state, or of a scope: a derivative. */
export const primed = (name: string): string => `${name}'`

/** Where a node was made, with a prime for each time that it was differentiated. */
export const scopeName = ({ scope, derivativeOf }: Label): string =>
  derivativeOf ? primed(scopeName({ ...derivativeOf, scope })) : scope

export const parameterName = (layer: string, what: string): string => `${layer}.${what}`
export const weightName = (layer: string): string => parameterName(layer, 'weight')

/** Its average over the steps of a run. */
export const averageName = (parameter: string): string => `${parameter}.average`

export const activityName = (layer: string): string => `${layer}.out`
export const lossName = (layer: string): string => `${layer}.loss`
/** A number that a rule shows beside its loss. */
export const logName = (layer: string, what: string): string => `${layer}.${what}`
/** Scores of the classes that a layer's head gives. */
export const logitsName = (layer: string): string => `${layer}.logits`
/** How far a layer's local gradient is from the backpropagated one. */
export const errorName = (layer: string): string => `${layer}.error`
export const alignmentName = (layer: string): string => `${layer}.alignment`
export const gradientName = (parameter: string, side: 'local' | 'global'): string => `${parameter}.${side}`

/** Graphs of a layer whose learning step waits for those above. */
export const forwardGraph = (block: string): string => `${block}.forward`
export const learnGraph = (block: string): string => `${block}.learn`
/** The update of a parameter as a graph of its own, and what it is handed. */
export const updateGraph = (parameter: string): string => `${parameter}.update`
export const handedName = (
  parameter: string,
  what: 'scalar' | 'gradient' | 'gradient.left' | 'gradient.right',
) => `${parameter}.${what}`
