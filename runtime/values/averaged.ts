import { UserError } from '../../src/base/error.ts'
import { found } from '../../src/base/lists.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { HostTensor } from './tensor.ts'
import type { Values } from './value-store.ts'

/**
 * Values of a run with the averages of its weights in their place: what has none, such as the running statistics of
 * batch normalisation, is as the last step left it.
 *
 * @throws UserError ('RunError') where the program keeps no average.
 */
export function averagedValues({ train, program }: Manifest, values: Values): Map<string, HostTensor> {
  const averages = train.states.flatMap(({ name, averages }) =>
    averages === undefined ? [] : [[averages, found(values, name, name)] as const],
  )
  if (averages.length === 0)
    throw new UserError('RunError', `'${program.name}' keeps no average of its weights`, {
      help: 'Leave --average out, or train a program whose optimizer has one: average: ema({ decay: 0.999 })',
    })
  return new Map([...values, ...averages])
}
