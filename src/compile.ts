import { checkDeclared, localityTable, readUpdates } from './cut/locality.ts'
import { trace } from './cut/trace.ts'
import { within } from './ir/context.ts'
import { BUNDLE_VERSION, manifestSchema, type Manifest } from './onnx/manifest.ts'
import { augmentSection, encodeSection } from './sections/images.ts'
import { emitProbes } from './sections/probe.ts'
import { describeProgram, trainingOf } from './sections/program.ts'
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
  const training = trainingOf(program)
  const traced = trace(training)
  const updates = readUpdates(traced, program.batch)
  checkDeclared(updates, program.learn)
  const train = trainSection(traced, training, fused)
  const augment = augmentSection(program)
  const encode = encodeSection(program)
  const probes = emitProbes(program, encode.features)

  const manifest = manifestSchema.parse({
    format: 'hebb-bundle',
    version: BUNDLE_VERSION,
    compiler: version,
    program: describeProgram(program, traced, fused),
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
