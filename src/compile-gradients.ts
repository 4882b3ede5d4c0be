import { within } from './ir/context.ts'
import { alignmentSection, compareGradients, gradientsSection } from './sections/gradients.ts'
import { augmentSection } from './sections/images.ts'
import { describeProgram } from './sections/program.ts'
import type { Comparison } from './sections/gradients.ts'
import type { EmittedSection } from './sections/section.ts'
import type { Program } from './lang/program.ts'
import type { Graph, Manifest, Section } from './onnx/manifest.ts'

/** Sections that are compiled to be run at once, not written to a bundle; the runtime's stepper runs them. */
export interface CompiledSections<Name extends string> {
  readonly manifest: Readonly<Record<Name, Section>> & Pick<Manifest, 'program'>
  /** The bytes of one of its graphs. */
  readonly graph: (graph: Graph) => Uint8Array
}

/**
 * Compiles a program's gradients, and those of the same loss backpropagated from the top, as one graph that
 * gives all of them in full.
 *
 * @throws UserError that names the user's file and line.
 */
export const compileGradients = (program: Program): CompiledSections<'gradients'> =>
  within({ origin: undefined }, () => {
    const comparison = compareGradients(program)
    return collect(comparison, { gradients: gradientsSection(comparison) })
  })

/** As `compileGradients`, but gives only their products, layer by layer; and what makes views of images. */
export const compileAlignment = (program: Program): CompiledSections<'alignment' | 'augment'> =>
  within({ origin: undefined }, () => {
    const comparison = compareGradients(program)
    return collect(comparison, {
      alignment: alignmentSection(comparison),
      augment: augmentSection(program),
    })
  })

function collect<Name extends string>(
  { program, layers }: Comparison,
  emitted: Readonly<Record<Name, EmittedSection>>,
): CompiledSections<Name> {
  const all: [string, EmittedSection][] = Object.entries(emitted)
  const files = new Map(all.flatMap(([, { files }]) => [...files]))
  const sections = Object.fromEntries(all.map(([name, { section }]) => [name, section])) as Record<
    Name,
    Section
  >
  return {
    manifest: { ...sections, program: describeProgram(program, { layers }, true) },
    graph: ({ file }) => {
      const bytes = files.get(file)
      if (!bytes) throw new Error(`no graph ${file} was compiled`)
      return bytes
    },
  }
}
