import { z } from 'zod'
import { checkDeclared, localityTable, readUpdates } from './cut/locality.ts'
import { within } from './ir/context.ts'
import { options as checkedOptions, type Checks } from './lang/check.ts'
import { callback, count, either, flag, oneOf, positive } from './lang/kinds.ts'
import { requireProgram, type Program } from './lang/program.ts'
import { joinFiles } from './bundle/file-names.ts'
import { BUNDLE_VERSION, manifestSchema, type Manifest } from './bundle/manifest.ts'
import { targets, type Target } from './bundle/lowerings.ts'
import type { AfterPass } from './passes/request.ts'
import { algorithms, type Algorithm } from './bundle/lowerings.ts'
import { identityOf } from './sections/identity.ts'
import { augmentSection, encodeSection } from './sections/images.ts'
import { emitProbes } from './sections/probe.ts'
import { describeProgram, trainingOf } from './sections/program.ts'
import { requireSameEncoder } from './sections/same-encoder.ts'
import { steppedSection, type StepsPerRun } from './sections/steps.ts'
import { checkOverrides, recorded, requestOf } from './sections/request.ts'
import { tracedProgram } from './sections/traced.ts'
import { version } from './base/version.ts'
import { bundleInMemory, type CompiledBundle } from './bundle/bundle.ts'

export interface CompileOptions {
  /** Emit the training step of all layers as one graph. */
  readonly fused?: boolean
  /** Where the graphs are meant to run; default cpu. */
  readonly target?: Target
  /** Bytes that the temporaries of one convolution and its gradients may take; default 4 GiB. */
  readonly memory?: number
  /** Algorithms of convolutions, `{ conv4: 'winograd4', 'conv5.weightGradient': 'columns' }`; the others are chosen by cost. */
  readonly lowering?: Readonly<Record<string, Algorithm>>
  /**
   * Training steps that one run of the training graphs does, each on its own batch; 'auto' chooses by cost. The
   * default is 'auto' for cuda, where every run copies all parameters, and otherwise 1.
   */
  readonly stepsPerRun?: StepsPerRun
  /** Hears what each pass of the compiler made of each graph, in order. */
  readonly observe?: (told: AfterPass) => void
}

/**
 * The whole compiler: trace the program, differentiate, cut into graphs, lower to ONNX. Compiling the same
 * program twice gives the same bytes. What it gives lies in memory: the runtime runs it as it is, `writeBundle` keeps it.
 *
 * @throws UserError that names the user's file and line.
 */
export function compile(program: Program, options: CompileOptions = {}): CompiledBundle {
  requireProgram('compile', program)
  const checked = checkedOptions('compile', checks, options, { kind: 'LoweringError' })
  return within({ origin: undefined, blame: program.origin }, () => compileProgram(program, checked))
}

const checks: Checks<CompileOptions> = {
  fused: flag.optional(),
  target: oneOf(...targets).optional(),
  memory: positive.optional(),
  lowering: z.record(z.string(), oneOf(...algorithms), 'algorithms, such as { conv4: … }').optional(),
  observe: callback<(told: AfterPass) => void>('a function').optional(),
  stepsPerRun: either<StepsPerRun>("'auto', or a whole number from 1", oneOf('auto'), count).optional(),
}

function compileProgram(program: Program, options: CompileOptions): CompiledBundle {
  const { fused = false, stepsPerRun } = options
  const request = requestOf(options)
  const training = trainingOf(program)
  const traced = tracedProgram(program, training)
  const updates = readUpdates(traced, program.batch)
  checkDeclared(updates, program.learn)
  const train = steppedSection(traced, training, { fused, stepsPerRun, request })
  const augment = augmentSection(program)
  const encode = encodeSection(program, request)
  requireSameEncoder(program, traced.registry, encode.section)
  const probes = emitProbes(program, encode.features, request)
  const choices = [...train.choices, ...encode.choices]
  checkOverrides(request, choices)
  const { files, renamed } = joinFiles([train, augment, encode, ...probes])

  const manifest = manifestSchema.parse({
    format: 'hebb-bundle',
    version: BUNDLE_VERSION,
    compiler: version,
    identity: identityOf(program, traced, { augment, encode }),
    program: describeProgram(program, traced, train.fused),
    train: renamed(train, train.section),
    augment: renamed(augment, augment.section),
    encode: renamed(encode, encode.section),
    probes: probes.map((part) => ({
      ...part.probe,
      train: renamed(part, part.probe.train),
      classify: renamed(part, part.probe.classify),
      ...(part.probe.products ? { products: renamed(part, part.probe.products) } : {}),
    })),
    locality: localityTable(
      updates,
      traced.layers.map(({ name }) => name),
    ),
    lowering: {
      target: request.target,
      memory: request.memory,
      stepsPerRun: train.steps.reason,
      ...(train.activity ? { activity: train.activity.reason } : {}),
      convolutions: choices.map(recorded),
    },
  } satisfies { [Key in keyof Manifest]: unknown })
  return bundleInMemory(manifest, files)
}
