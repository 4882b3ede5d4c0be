import { UserError } from '../base/error.ts'
import type { Registry } from '../cut/registry.ts'
import type { Program } from '../lang/program.ts'
import type { SectionDescription } from './lower-section.ts'

/**
 * Holds modules, which may be the user's, to asking for the same where features are made as where they are trained:
 * anything else would be used as it started.
 *
 * @throws UserError ('ProgramError')
 */
export function requireSameEncoder(
  { encoder, origin }: Program,
  trained: Registry,
  encode: SectionDescription,
): void {
  const known = new Map([...trained.parameters, ...trained.states].map((each) => [each.name, each.node]))
  for (const { name, layer, type, shape } of [...encode.parameters, ...encode.states]) {
    const node = known.get(name)
    if (node?.dtype === type && node.shape.join() === shape.join()) continue
    const problem = node
      ? `'${name}' is [${node.shape.join(', ')}] in training, and [${shape.join(', ')}] where features are made`
      : `'${name}' is asked for where features are made, and never in training`
    throw new UserError('ProgramError', problem, {
      origin: encoder.find((each) => each.name === layer)?.origin ?? origin,
      help: 'A module asks for the same parameters each time: neither `training` nor a counter may change them.',
    })
  }
}
