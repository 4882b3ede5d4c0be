import { trace, type Training } from './cut/trace.ts'
import { checkDeclared, localityTable, readUpdates } from './cut/locality.ts'
import { within } from './ir/context.ts'
import { input } from './ops/leaf.ts'
import { BUNDLE_VERSION, manifestSchema, type Manifest } from './onnx/manifest.ts'
import { augmentSection, encodeSection } from './sections/images.ts'
import { emitProbes } from './sections/probe.ts'
import { trainSection } from './sections/train.ts'
import { version } from './version.ts'
import type { Program } from './lang/program.ts'
import type { Bundle } from './onnx/bundle.ts'

export interface CompileOptions {
  /** Emit the training step of all layers as one graph. */
  readonly fused?: boolean
}

/**
 * The whole compiler: trace the program, differentiate, cut into graphs, lower to ONNX. Compiling the same
 * program twice gives the same bytes.
 *
 * @throws UserError that names the user's file and line.
 */
export const compile = (program: Program, options: CompileOptions = {}): Bundle =>
  within({ origin: undefined }, () => compileProgram(program, options))

function compileProgram(program: Program, { fused = false }: CompileOptions): Bundle {
  const { encoder, learn, optimizer, views, batch, dtype, input: image } = program
  const [height, width] = [image.height + 2 * image.pad, image.width + 2 * image.pad]
  const shape = [views.length * batch, image.channels, height, width]
  const rows = input('views', 'views', dtype, shape)
  const training: Training = { encoder, learn, optimizer, views, batch, rows, input: 'views' }

  const traced = trace(training)
  const updates = readUpdates(traced, batch)
  checkDeclared(updates, learn)
  const train = trainSection(traced, training, fused)
  const augment = augmentSection(program)
  const encode = encodeSection(program)
  const probes = emitProbes(program, encode.features)

  const manifest = manifestSchema.parse({
    format: 'hebb-bundle',
    version: BUNDLE_VERSION,
    compiler: version,
    program: {
      name: program.name,
      rule: learn.rule.name,
      credit: learn.name,
      dtype,
      fused,
      input: image,
      views,
      layers: traced.layers.map(({ name, summary, out }) => ({ name, summary, shape: out.shape.slice(1) })),
      optimizer: { name: optimizer.name, ...optimizer.settings },
    },
    train: train.section,
    augment: augment.section,
    encode: encode.section,
    probes: probes.map(({ probe }) => probe),
    locality: localityTable(updates),
  } satisfies { [Key in keyof Manifest]: unknown })
  return {
    manifest,
    files: new Map([
      ...train.files,
      ...augment.files,
      ...encode.files,
      ...probes.flatMap(({ files }) => files),
    ]),
  }
}
