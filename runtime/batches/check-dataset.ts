import { UserError } from '../../src/base/error.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'

/** Whether graphs are given labels. */
export const readsLabels = (...sections: readonly Section[]): boolean =>
  sections.some(({ graphs }) => graphs.some(({ inputs }) => inputs.some(({ role }) => role === 'labels')))

/** @throws UserError ('DataError') where a program was compiled for images of another kind. */
export function checkDataset(
  dataset: Dataset,
  { program: { name, input } }: Pick<Manifest, 'program'>,
): void {
  const fail = (wanted: string, found: string, help: string) =>
    new UserError('DataError', `'${name}' is compiled for ${wanted}, ${dataset.name} has ${found}`, { help })
  const [wanted, found] = [[input.channels, input.height, input.width], dataset.shape].map((shape) =>
    shape.join('×'),
  )
  if (wanted !== found)
    throw fail(
      `images of ${String(wanted)}`,
      String(found),
      'Change input.channels and input.size of the program, or give another --data.',
    )
  const type = input.type ?? 'uint8'
  if (type !== dataset.type)
    throw fail(
      type === 'uint8' ? 'bytes' : 'numbers of type float32',
      dataset.type === 'uint8' ? 'bytes' : 'numbers of type float32',
      `Set input.type to '${dataset.type}' in the program.`,
    )
  if (dataset.classes !== undefined && dataset.classes > input.classes)
    throw fail(
      `${input.classes} classes`,
      String(dataset.classes),
      `Set input.classes to ${dataset.classes} in the program.`,
    )
}

/** @throws UserError ('DataError') where graphs of these sections read labels, and there are none */
export function requireLabelsRead(
  { name, labels }: Dataset,
  { program }: Pick<Manifest, 'program'>,
  ...sections: readonly Section[]
): void {
  if (!labels && readsLabels(...sections))
    throw new UserError('DataError', `'${program.name}' learns from labels, and ${name} has none`, {
      help: 'Give a labelled data set, or learn by a rule that reads no labels.',
    })
}
