import { defaultRequest, observing } from '../passes/request.ts'
import { found } from '../base/lists.ts'
import { joinFiles } from '../bundle/file-names.ts'
import { emitSection } from './emit-section.ts'
import { augmentSection, encodeSection } from './images.ts'
import { lowerSection, type LoweredSection } from './lower-section.ts'
import { loweredExport, tracedExport, writtenExport } from './export.ts'
import { classifies, logitsSection } from './logits.ts'
import { mapProbe, tracedProbes, type Probe } from './probe.ts'
import { trainingOf } from './program.ts'
import { validationSection } from './validation.ts'
import { lowerTraining, type LoweredTraining, type TrainingOptions } from './steps.ts'
import { tracedProgram } from './traced.ts'
import type { EncoderExport } from '../bundle/manifest.ts'
import type { Section } from '../bundle/schema/section.ts'
import type { LoweredExport, TracedExport } from './export.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { Program } from '../lang/program.ts'
import type { TracedSection } from './section.ts'

/** A program on its way: all of it is traced, then lowered, then written. */

export interface TracedProgram {
  readonly training: Training
  /** The training step, before it is cut into graphs. */
  readonly trace: Trace
  readonly augment: TracedSection
  readonly encode: TracedSection
  /** Where the program classifies. */
  readonly logits: TracedSection | undefined
  /** Where a layer has a loss. */
  readonly validation: TracedSection | undefined
  readonly exported: TracedExport
  readonly probes: readonly Probe<TracedSection>[]
}

/** @throws UserError that names the user's line. */
export function traceProgram(program: Program): TracedProgram {
  const training = trainingOf(program)
  const trace = tracedProgram(program, training)
  const augment = augmentSection(program)
  const { features, ...encode } = encodeSection(program)
  const logits = logitsSection(program, training, trace)
  const exported = tracedExport(program, classifies(trace.blockUpdates))
  return {
    ...{ training, trace, augment, encode, logits, exported },
    validation: validationSection(trace, training),
    probes: tracedProbes(program, features),
  }
}

export interface LoweredProgram {
  readonly train: LoweredTraining
  readonly augment: LoweredSection
  readonly encode: LoweredSection
  readonly logits: LoweredSection | undefined
  readonly validation: LoweredSection | undefined
  readonly exported: LoweredExport
  readonly probes: readonly Probe<LoweredSection>[]
}

export function lowerProgram(
  { trace, training, augment, encode, logits, validation, exported, probes }: TracedProgram,
  options: TrainingOptions,
): LoweredProgram {
  const { request, observe } = options
  // What any provider runs as quickly is lowered in one way.
  const plainly = (name: string, section: TracedSection) =>
    lowerSection(section, { request: observing(defaultRequest, name, observe) })
  const asAsked = (name: string, section: TracedSection) =>
    lowerSection(section, { request: observing(request, name, observe) })
  return {
    train: lowerTraining(trace, training, options, augment),
    augment: plainly('augment', augment),
    encode: asAsked('encode', encode),
    logits: logits && asAsked('logits', logits),
    validation: validation && asAsked('validation', validation),
    exported: loweredExport(exported),
    probes: probes.map((probe) =>
      mapProbe(probe, (section, of) => (of === 'train' ? asAsked : plainly)(`probe ${probe.name}`, section)),
    ),
  }
}

export interface WrittenProgram {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly train: Section
  readonly sharded?: Section
  readonly augment: Section
  readonly encode: Section
  readonly logits?: Section
  readonly validation?: Section
  readonly export: EncoderExport
  readonly probes: readonly Probe<Section>[]
}

export function writeProgram({
  train,
  augment,
  encode,
  logits,
  validation,
  exported,
  probes,
}: LoweredProgram): WrittenProgram {
  const { sharded } = train
  const all = [
    train,
    ...(sharded ? [sharded] : []),
    augment,
    encode,
    ...(logits ? [logits] : []),
    ...(validation ? [validation] : []),
    ...('lowered' in exported ? [exported.lowered] : []),
    ...probes.flatMap((probe) => [probe.train, probe.classify, probe.products]),
  ]
  const emitted = new Map(all.map((section) => [section, emitSection(section)]))
  const { files, renamed } = joinFiles([...emitted.values()])
  const written = (section: LoweredSection): Section => renamed(found(emitted, section, 'a section'))
  return {
    files,
    train: written(train),
    ...(sharded ? { sharded: written(sharded) } : {}),
    augment: written(augment),
    encode: written(encode),
    ...(logits ? { logits: written(logits) } : {}),
    ...(validation ? { validation: written(validation) } : {}),
    export: writtenExport(exported, written),
    probes: probes.map((probe) => mapProbe(probe, written)),
  }
}
