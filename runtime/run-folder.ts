import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../src/error.ts'
import { makeFolder } from '../src/make-folder.ts'
import { writeAtomically } from './atomic.ts'
import { loadBundle, sectionsOf, type LoadedBundle } from './bundle.ts'
import { fileError } from './file-error.ts'

const runSchema = z.strictObject({
  format: z.literal('hebb-run'),
  program: z.string(),
  identity: z.string(),
  data: z.string(),
  /** SHA-256 of the training images and labels: a resumed run must see the same. */
  images: z.string(),
  seed: z.int(),
  totalSteps: z.int().positive(),
})
export type RunRecord = z.infer<typeof runSchema>

/** A run's folder: its bundle, its settings, its metrics and its checkpoint. It stands alone. */
export interface RunFolder {
  readonly folder: string
  readonly bundle: LoadedBundle
  readonly record: RunRecord
}

export const runFiles = (folder: string) => ({
  bundle: join(folder, 'bundle'),
  record: join(folder, 'run.json'),
  metrics: join(folder, 'metrics.jsonl'),
  checkpoint: join(folder, 'checkpoint.safetensors'),
})

/**
 * Makes the folder of a new run, with a copy of the bundle.
 *
 * @throws UserError ('RunError') where a run is there already.
 */
export function createRun(
  folder: string,
  bundle: LoadedBundle,
  settings: Omit<RunRecord, 'format' | 'program' | 'identity'>,
): RunFolder {
  requireNoRun(folder)
  requireNothingElse(folder)
  const files = runFiles(folder)
  const { identity, manifest } = bundle
  const record: RunRecord = { format: 'hebb-run', program: manifest.program.name, identity, ...settings }
  try {
    makeFolder(folder)
    if (resolve(bundle.folder) !== resolve(files.bundle)) copyBundle(bundle, files.bundle)
  } catch (error) {
    throw fileError('write', folder, error)
  }
  // The record comes last: where it is, the run is whole.
  writeAtomically(files.record, [`${JSON.stringify(record, null, 2)}\n`])
  return { folder, bundle: loadBundle(files.bundle), record }
}

/** @throws UserError ('RunError') where the folder holds a run. */
export function requireNoRun(folder: string): void {
  if (existsSync(runFiles(folder).record))
    throw new UserError('RunError', `${folder} holds a run already`, {
      help: 'Go on with it: --resume; or choose another folder for --out.',
    })
}

/** Only the bundle's own files; over those of a start that was broken off, too. */
function copyBundle({ folder, manifest }: LoadedBundle, target: string): void {
  makeFolder(target)
  const graphs = sectionsOf(manifest).flatMap(({ section }) => section.graphs.map(({ file }) => file))
  for (const file of new Set(['manifest.json', ...graphs]))
    copyFileSync(join(folder, file), join(target, file))
}

/** A run's files without their run, and a folder `bundle` with other things in it, are the user's own. */
function requireNothingElse(folder: string): void {
  const files = runFiles(folder)
  const stray = [
    ...[files.metrics, files.checkpoint].filter((path) => existsSync(path)),
    ...(existsSync(files.bundle) ? readdirSync(files.bundle) : [])
      .filter((name) => name !== 'manifest.json' && !name.endsWith('.onnx'))
      .map((name) => join(files.bundle, name)),
  ]
  if (stray[0] !== undefined)
    throw new UserError('RunError', `${folder} holds ${stray[0]}, which a new run would not leave alone`, {
      help: 'Choose another folder for --out, or remove it first.',
    })
}

/** @throws UserError ('RunError') where the folder holds no run. */
export function openRun(folder: string): RunFolder {
  const files = runFiles(folder)
  const fail = (problem: string) =>
    new UserError('RunError', `${folder} is not the folder of a run: ${problem}`, {
      help: 'Give the folder that hebb train wrote with --out.',
    })
  let text: string
  try {
    text = readFileSync(files.record, 'utf8')
  } catch {
    throw fail('run.json is missing')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw fail('run.json is not JSON')
  }
  const parsed = runSchema.safeParse(value)
  if (!parsed.success)
    throw fail(
      `run.json: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`,
    )
  const bundle = loadBundle(files.bundle)
  if (bundle.identity !== parsed.data.identity) throw fail('its bundle is not the one it was started with')
  return { folder, bundle, record: parsed.data }
}
