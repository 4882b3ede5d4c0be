import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** What sections find, a JSON object a line, written as soon as it is known: `figures.jsonl`. */

/** In which arithmetic a device does steps: float32 is without TF32, mixed has float16 in products and convolutions. */
export const deviceSettings = ['float32', 'tf32', 'mixed'] as const
export type DeviceSetting = (typeof deviceSettings)[number]
const settings = ['cpu', ...deviceSettings] as const
export type Setting = (typeof settings)[number]
const setting = z.enum(settings)

const milliseconds = z.array(z.number().nonnegative()).min(1)
const named = z.array(z.tuple([z.string(), z.number()]))
/** `hebb`, or what PyTorch was told beside the setting: '' for nothing, `channels-last`, … */
const side = z.union([
  z.strictObject({ side: z.literal('hebb') }),
  z.strictObject({ side: z.literal('pytorch'), variant: z.string() }),
])
export type Side = z.infer<typeof side>

const found = z.discriminatedUnion('kind', [
  /** The machine, by name, and the conditions as benchmarks tell them. */
  z.strictObject({
    kind: z.literal('machine'),
    facts: z.record(z.string(), z.string()),
    conditions: z.string(),
    date: z.string(),
    commit: z.string(),
  }),
  /** What a command of hebb ended with, and the lines that are worth keeping. */
  z.strictObject({
    kind: z.literal('command'),
    command: z.string(),
    code: z.number(),
    said: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal('session'),
    case: z.string(),
    setting,
    graphs: z.number(),
    nodes: z.number(),
    seconds: z.number(),
  }),
  z.strictObject({
    kind: z.literal('losses'),
    case: z.string(),
    setting,
    by: side,
    losses: z.array(z.array(z.number().nullable())),
  }),
  /** Milliseconds of a step, one a turn; ours with so many steps in a run of the graphs. */
  z.strictObject({
    kind: z.literal('step'),
    case: z.string(),
    setting,
    by: side,
    stepsPerRun: z.number().optional(),
    milliseconds,
  }),
  z.strictObject({ kind: z.literal('limit'), name: z.string(), value: z.number(), unit: z.string() }),
  /** Milliseconds of a batch of so many views. */
  z.strictObject({
    kind: z.literal('augmentation'),
    size: z.number(),
    views: z.number(),
    by: z.string(),
    milliseconds,
  }),
  /** Milliseconds of a step. */
  z.strictObject({
    kind: z.literal('profile'),
    case: z.string(),
    inRuns: z.number(),
    operators: named,
    nodes: named,
  }),
  z.strictObject({
    kind: z.literal('ended'),
    outcome: z.enum(['done', 'failed', 'timed out', 'skipped']),
    seconds: z.number(),
    why: z.string(),
  }),
])
export type Found = z.infer<typeof found>

export const foundSchema = found
/** Hands on what is found, before what comes next may fail. */
export type Tell = (found: Found) => Promise<void>

const stampSchema = z.object({
  /** The section that found it. */
  section: z.string(),
  /** Seconds since the beginning. */
  at: z.number(),
  /** The most memory in use on the device since the figure before, in MiB; null where nobody tells. */
  deviceMemory: z.number().nullable(),
})
export type Stamp = z.infer<typeof stampSchema>
export type Figure = Found & Stamp

/** Of one kind. */
export type Of<Kind extends Found['kind']> = Extract<Found, { readonly kind: Kind }> & Stamp

const path = (out: string) => join(out, 'figures.jsonl')

export const addFigure = (out: string, figure: Figure): void => {
  appendFileSync(path(out), `${JSON.stringify(figure)}\n`)
}

/** All whole lines; the last one may have been cut by the end of the machine. */
export function readFigures(out: string): Figure[] {
  if (!existsSync(path(out))) return []
  const lines = readFileSync(path(out), 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => {
    const { section, at, deviceMemory, ...rest } = z.looseObject(stampSchema.shape).parse(JSON.parse(line))
    return { ...foundSchema.parse(rest), section, at, deviceMemory }
  })
}

/** Those of one kind, in their order. */
export const ofKind = <Kind extends Found['kind']>(figures: readonly Figure[], kind: Kind): Of<Kind>[] =>
  figures.filter((figure): figure is Of<Kind> => figure.kind === kind)
