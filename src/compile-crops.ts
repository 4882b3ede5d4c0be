import { found } from './base/lists.ts'
import { randomResizedCrop } from './lang/augment/crop.ts'
import { options as checked } from './lang/check.ts'
import { range } from './lang/kinds.ts'
import { defaultRequest } from './passes/request.ts'
import { emitSection } from './sections/emit-section.ts'
import { augmentSection } from './sections/images.ts'
import { lowerSection } from './sections/lower-section.ts'
import type { Bundle } from './bundle/bundle.ts'
import type { CompiledSections } from './compile-gradients.ts'
import type { Section } from './bundle/schema/section.ts'

/** What `compileCrops` takes beside a bundle. */
export interface CropsOptions {
  /** Areas of the crops, as fractions of the image's; default 0.08 to 1. */
  readonly scale?: readonly [number, number]
}

/**
 * Compiles what shows a probe's linear classifier other crops of its images in every epoch, half of them mirrored: random
 * resized crops of a bundle's images as they are stored, before its border and its normalisation. No bundle holds it, so it
 * is there for every one. Give it to `probeEncoder` as `crops`.
 */
export function compileCrops(
  { manifest: { program, encode } }: Pick<Bundle, 'manifest'>,
  options: CropsOptions = {},
): CompiledSections<{ readonly augment: Section }> {
  const { scale } = checked('compileCrops', { scale: range(0, 1, { above: true }).optional() }, options)
  const { channels, height, width, classes, type = 'uint8' } = program.input
  const perChannel = (value: number) => Array<number>(channels).fill(value)
  const section = augmentSection({
    views: ['cropped'],
    batch: encode.batch,
    input: {
      ...{ channels, height, width, classes, type, pad: 0, areClassesGiven: true },
      ...{ mean: perChannel(0), std: perChannel(1) },
    },
    augment: [randomResizedCrop(scale ? { scale } : {})],
    dtype: 'float32',
    origin: undefined,
  })
  const emitted = emitSection(lowerSection(section, { request: defaultRequest }))
  return {
    manifest: { program: { ...program, dtype: 'float32' }, augment: emitted.section },
    graph: ({ file }) => found(emitted.files, file, file),
  }
}
