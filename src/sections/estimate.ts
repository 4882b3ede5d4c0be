import { UserError } from '../base/error.ts'
import { bytesOf, gigabytes, LARGEST_PROGRAM, MOST_LAYERS } from '../ir/budget.ts'
import type { Trace } from '../cut/trace.ts'
import type { Program } from '../lang/program.ts'

/** What a program will take, said before its graphs are made. */

/** Layers from which compiling takes long enough to say so. */
const MANY_LAYERS = 100

/** A sentence for whoever waits, where compiling will take a while. */
export function foreseenTime({ encoder: { length } }: Program): string | undefined {
  return length < MANY_LAYERS
    ? undefined
    : `Compiling ${length} layers takes about ${Math.ceil(length / 40 + (length / 200) ** 2)} s on one core.`
}

/** @throws UserError ('ProgramError') where a program has more layers than are compiled. */
export function requireFewLayers({ encoder, origin }: Program): void {
  if (encoder.length > MOST_LAYERS)
    throw new UserError('ProgramError', `the encoder has ${encoder.length} layers`, {
      origin,
      help: `At most ${MOST_LAYERS} are compiled: the time grows with their square. Put several modules into a layer.`,
    })
}

/** @throws UserError ('ProgramError') where what a step keeps and makes is more than any machine has. */
export function requireAffordable({ name, origin }: Program, { registry, layers }: Trace): void {
  const total = (nodes: readonly { readonly node: Parameters<typeof bytesOf>[0] }[]) =>
    nodes.reduce((sum, { node }) => sum + bytesOf(node), 0)
  const parts = {
    parameters: total(registry.parameters),
    'optimizer and other state': total(registry.states),
    'activity of the layers': total(layers.map(({ out }) => ({ node: out }))),
  }
  const bytes = Object.values(parts).reduce((sum, part) => sum + part, 0)
  if (bytes > LARGEST_PROGRAM)
    throw new UserError(
      'ProgramError',
      `'${name}' takes ${gigabytes(bytes)}, and a program may take ${gigabytes(LARGEST_PROGRAM)}`,
      {
        origin,
        details: Object.entries(parts).map(([what, size]) => `${what}: ${gigabytes(size)}`),
        help: 'make its layers, its images or its batch smaller',
      },
    )
}
