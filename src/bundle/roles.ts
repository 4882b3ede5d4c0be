/** What an input of a graph is given. */
export const inputRoles = [
  'parameter', // by name
  'state', // by name
  'draw', // by name
  'activity', // another graph's output, by name
  'views', // augmented rows [views × batch, channels, height, width], normalised
  'images', // raw bytes [batch, channels, height, width]
  'features', // [batch, dimension], of a probe; `asked` and `known` where neighbours are sought
  'labels', // int64 [batch]
  'rate', // float64 scalar: the learning rate of this step
  'step', // int64 scalar: 1 at the first step
  'shard', // int64 scalar: which of the shards this run is of, from 0
  'average', // float64 scalar: how much this step's weights count in their averages
] as const
export type InputRole = (typeof inputRoles)[number]

/** What an output of a graph is for. */
export const outputRoles = [
  'parameter', // the new value of `updates`
  'state', // the new value of `updates`
  'activity', // read by another graph
  'views',
  'features', // of an encoder graph, one per readout and layer
  'logits', // [batch, classes], of a probe, or of a head that learns by labels; `layer` says whose
  'products', // [batch, batch], of every row asked with every row known
  'loss', // scalar, one per layer that learns
  'scalars', // [numbers]: losses and logs of a step together; `holds` says which, in their order
  'log', // scalar, a number that a rule shows beside its loss; `layer` says whose, `log` what it calls it
  'gradient', // of a parameter of the encoder, its shape; `of` says which and by which credit
  'alignment', // float64 [3], one per layer: local · global, |local|², |global|²
] as const
