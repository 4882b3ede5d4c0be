import { found } from './base/lists.ts'
import { within } from './ir/context.ts'
import { options as checked } from './lang/check.ts'
import { positive } from './lang/kinds.ts'
import { requireProgram, type Program } from './lang/program.ts'
import { defaultRequest } from './passes/request.ts'
import { emitSection } from './sections/emit-section.ts'
import { alignmentSection, gradientsSection } from './sections/alignment.ts'
import { compareGradients } from './sections/gradients.ts'
import { augmentSection } from './sections/images.ts'
import { lowerSection } from './sections/lower-section.ts'
import { describeProgram } from './sections/program.ts'
import { projectionsSection } from './sections/projections.ts'
import type { LayerComparison } from './sections/comparable.ts'
import type { Comparison } from './sections/gradients.ts'
import type { TracedSection } from './sections/section.ts'
import type { Graphs } from './bundle/bundle.ts'
import type { Manifest } from './bundle/manifest.ts'
import type { Section } from './bundle/schema/section.ts'

/** Sections that are compiled to be run at once, as the runtime takes them from a bundle, too. */
export type CompiledSections<Sections> = Graphs<Sections & Pick<Manifest, 'program'>>

/**
 * Compiles a program's gradients, and those of the same loss backpropagated from the top, as one graph that
 * gives all of them in full.
 *
 * @throws UserError that names the user's file and line.
 */
export function compileGradients(program: Program): CompiledSections<{ readonly gradients: Section }> {
  requireProgram('compileGradients', program)
  return within({ origin: undefined, blame: program.origin }, () => {
    const comparison = compareGradients(program)
    return collect(comparison, (written) => ({ gradients: written(gradientsSection(comparison)) }))
  })
}

export interface AlignmentSections {
  readonly alignment: Section
  readonly augment: Section
  /** A step of the training of projections. */
  readonly projections: Section | undefined
  /** By layer, from the input to the top: what is known of its two gradients before they are measured. */
  readonly sides: readonly LayerComparison[]
}

export interface AlignmentOptions {
  /** Learning rate of the projections, for the control in which they are trained; default: they are not. */
  readonly projectionRate?: number | undefined
}

/**
 * As `compileGradients`, but gives only their products, layer by layer; what makes views of images; and a step
 * of the training of projections, where one is asked for and the program has projections to train.
 */
export function compileAlignment(
  program: Program,
  options: AlignmentOptions = {},
): CompiledSections<AlignmentSections> {
  requireProgram('compileAlignment', program)
  const { projectionRate } = checked('compileAlignment', { projectionRate: positive.optional() }, options)
  return within({ origin: undefined, blame: program.origin }, () => {
    const comparison = compareGradients(program)
    return collect(comparison, (written) => {
      const projections =
        projectionRate === undefined ? undefined : projectionsSection(comparison, projectionRate)
      return {
        alignment: written(alignmentSection(comparison)),
        augment: written(augmentSection(program)),
        projections: projections && written(projections),
        sides: comparison.sides,
      }
    })
  })
}

/** @param sections makes the sections, each by the function that it is given, which lowers and writes one */
function collect<Sections>(
  { program, layers, registry }: Comparison,
  sections: (written: (traced: TracedSection) => Section) => Sections,
): CompiledSections<Sections> {
  const files = new Map<string, Uint8Array>()
  const written = (traced: TracedSection): Section => {
    const emitted = emitSection(lowerSection(traced, { request: defaultRequest }))
    for (const [file, bytes] of emitted.files) files.set(file, bytes)
    return emitted.section
  }
  return {
    manifest: { ...sections(written), program: describeProgram(program, { layers, registry }, true) },
    graph: ({ file }) => found(files, file, file),
  }
}
