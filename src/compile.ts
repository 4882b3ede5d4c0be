import { z } from 'zod'
import { MIXED_ON_CPU } from './base/mixed-on-cpu.ts'
import { checkDeclared, localityTable, readUpdates } from './cut/locality.ts'
import { unusedParameters } from './cut/unused.ts'
import { within } from './ir/context.ts'
import { options as checkedOptions, type Checks } from './lang/check.ts'
import { callback, count, either, flag, oneOf, positive, whole } from './lang/kinds.ts'
import { requireProgram, type Program } from './lang/program.ts'
import { BUNDLE_VERSION, manifestSchema, type Manifest } from './bundle/manifest.ts'
import type { AfterPass } from './passes/request.ts'
import { algorithms, numberOfShards, targets, type Algorithm, type Target } from './bundle/lowerings.ts'
import { identityOf } from './sections/identity.ts'
import { describeProgram } from './sections/program.ts'
import { requireSameEncoder } from './sections/same-encoder.ts'
import { checkOverrides, counted, recorded, requestOf } from './sections/request.ts'
import { lowerProgram, traceProgram, writeProgram } from './sections/whole-program.ts'
import { version } from './base/version.ts'
import { bundleInMemory, type CompiledBundle } from './bundle/bundle-in-memory.ts'
import type { StepsPerRun } from './sections/steps.ts'

/** What `compile` takes beside the program. */
export interface CompileOptions {
  /**
   * Emit the training step of all layers as one graph, which for cuda makes its views, too. The default is true for cuda,
   * where all that one graph hands to another crosses the bus, and otherwise false.
   */
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
  /**
   * Shards, at least 2, that the images of a batch are dealt to in a second training step beside the first: threads or
   * devices that each do their part of one step. The batch is a multiple of them. Left out: there is none.
   */
  readonly shards?: number
  /**
   * A shard makes its activity again for its gradients rather than keep it: run in turn in one thread, a step then needs
   * memory for the activity of one shard. The default is false.
   */
  readonly recompute?: boolean
  /** Hears what each pass of the compiler made of each graph, in order. */
  readonly observe?: (told: AfterPass) => void
  /** Hears, a sentence each, what is no mistake and may not be meant: parameters that nothing reads, or nothing teaches. */
  readonly onNotice?: (notice: string) => void
}

/**
 * The whole compiler: trace the program, differentiate, cut into graphs, lower them, write them as ONNX. Compiling the
 * same program twice gives the same bytes. What it gives lies in memory: the runtime runs it as it is, `writeBundle` keeps it.
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
  onNotice: callback<(notice: string) => void>('a function').optional(),
  shards: whole(...numberOfShards).optional(),
  recompute: flag.optional(),
  stepsPerRun: either<StepsPerRun>("'auto', or a whole number from 1", oneOf('auto'), count).optional(),
}

function compileProgram(
  program: Program,
  { fused, stepsPerRun, shards, recompute, observe, onNotice, ...asked }: CompileOptions,
): CompiledBundle {
  const request = requestOf(asked)
  const traced = traceProgram(program)
  const updates = readUpdates(traced.trace, program.batch)
  checkDeclared(updates, program.learn)
  if (onNotice)
    unusedParameters(traced.trace).forEach((notice) => {
      onNotice(notice)
    })
  if (program.precision === 'mixed' && request.target === 'cpu') onNotice?.(MIXED_ON_CPU)
  const lowered = lowerProgram(traced, { request, fused, stepsPerRun, shards, recompute, observe })
  const { train, encode, logits } = lowered
  for (const { section } of [encode, ...(logits ? [logits] : [])])
    requireSameEncoder(program, traced.trace.registry, section)
  const choices = [...train.choices, ...encode.choices, ...(logits ? logits.choices : [])]
  checkOverrides(request, choices)
  const { files, ...sections } = writeProgram(lowered)

  const manifest = manifestSchema.parse({
    format: 'hebb-bundle',
    version: BUNDLE_VERSION,
    compiler: version,
    identity: identityOf(program, traced),
    program: describeProgram(program, traced.trace, train.fused),
    ...sections,
    locality: localityTable(
      updates,
      traced.trace.layers.map(({ name }) => name),
    ),
    lowering: {
      target: request.target,
      memory: request.memory,
      stepsPerRun: train.steps.reason,
      ...(train.activity ? { activity: train.activity.reason } : {}),
      convolutions: choices.map(recorded),
      ops: counted([...train.written, ...encode.written]),
    },
  } satisfies { [Key in keyof Manifest]: unknown })
  return bundleInMemory(manifest, files)
}
