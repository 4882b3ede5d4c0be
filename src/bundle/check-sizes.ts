import { totalmem } from 'node:os'
import { UserError } from '../base/error.ts'
import { bytesOfShape } from '../base/type.ts'
import type { Section } from './schema/section.ts'

/** Bytes of what a run of a section keeps and is given. */
function bytesOf({ parameters, states, draws, graphs, stepsPerRun }: Section): number {
  const sum = (list: readonly Pick<Section['parameters'][number], 'type' | 'shape'>[]): number =>
    list.reduce((bytes, { type, shape }) => bytes + bytesOfShape(type, shape), 0)
  const inputs = graphs.flatMap((graph) => graph.inputs)
  // Parameters and states are counted above.
  const given = inputs.filter(({ role }) => role !== 'parameter' && role !== 'state')
  return sum([...parameters, ...states]) + stepsPerRun * (sum(draws) + sum(given))
}

/**
 * Refuses sizes that no run could keep here, before anything of them is allocated.
 *
 * @throws UserError ('BundleError') that tells the bytes of `what`
 */
export function requireRoom(section: Section, what: string, otherwise = ''): void {
  const [bytes, here] = [bytesOf(section), memoryHere()]
  if (bytes <= here) return
  const told = Number.isFinite(bytes) ? bytes : 'more than 2 ** 53'
  throw new UserError('BundleError', `${what} takes ${told} bytes, and this machine has ${here} of memory`, {
    help: `Use a smaller program, or a larger machine${otherwise}.`,
  })
}

/** Bytes that this process may have: those of the machine, or of the container that it runs in. */
export function memoryHere(): number {
  // Not a number that means anything where nothing limits it: 0, or one beyond all memory.
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** As `requireRoom`, of every section of a bundle; `place` is the file that says so, or the program. */
export function checkSizes(
  sections: readonly { name: string; section: Section }[],
  place: string,
  otherwise?: string,
): void {
  for (const { name, section } of sections) requireRoom(section, `${place}: section ${name}`, otherwise)
}
