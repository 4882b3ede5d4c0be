import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { isBundleFile, manifestSize } from '../../src/bundle/manifest.ts'
import { readRegularFile } from '../../src/base/regular-file.ts'
import { removePartials, writeAtomically } from './atomic.ts'
import { loadBundle, namedFiles } from '../../src/bundle/load-bundle.ts'
import { graphsOf } from '../../src/bundle/sections.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { openCheckpoint, readAll, type Checkpoint, type OpenCheckpoint, type Standing } from './checkpoint.ts'
import { readRecord, recordPath, writeRecord, type RunRecord } from './run-record.ts'

/** A run's folder: its bundle, its settings, its metrics and its checkpoint. It stands alone. */
export interface RunFolder {
  readonly folder: string
  readonly bundle: Bundle
  readonly record: RunRecord
}

export const runFiles = (folder: string) => ({
  bundle: join(folder, 'bundle'),
  record: recordPath(folder),
  metrics: join(folder, 'metrics.jsonl'),
  checkpoint: join(folder, 'checkpoint.safetensors'),
})

/**
 * Makes a new run in a folder that is locked, with a copy of the bundle.
 *
 * @throws UserError ('RunError') where a run is there already, or things that are not a run's.
 */
export function createRun(
  folder: string,
  bundle: Bundle,
  settings: Omit<RunRecord, 'program' | 'identity' | 'manifest'>,
): RunFolder {
  requireNoRun(folder)
  removeAllPartials(folder)
  requireNothingElse(folder, bundle)
  const { identity, digest } = bundle
  const record = { program: bundle.manifest.program.name, identity, manifest: digest, ...settings }
  copyBundle(bundle, runFiles(folder).bundle)
  // The record comes last: where it is, the run is whole.
  writeRecord(folder, record)
  return { folder, bundle: loadBundle(runFiles(folder).bundle), record }
}

/** Removes what a killed process left half written. For who holds the folder's lock. */
export function removeAllPartials(folder: string): void {
  const { bundle, ...files } = runFiles(folder)
  for (const path of Object.values(files)) removePartials(path)
  for (const name of namesIn(bundle)) {
    const [whole] = /^(manifest\.json|[\w.-]+\.onnx)(?=\.[0-9a-f]{12}\.partial$)/.exec(name) ?? []
    if (whole !== undefined) removePartials(join(bundle, whole))
  }
}

/** @throws UserError ('RunError') where the folder holds a run. */
export function requireNoRun(folder: string): void {
  if (isThere(runFiles(folder).record))
    throw new UserError('RunError', `${folder} holds a run already`, {
      help: 'Go on with it: --resume; or choose another folder for --out.',
    })
}

/** Only the bundle's own files; over those of a start that was broken off, too. */
function copyBundle({ manifest, text, graph }: Bundle, target: string): void {
  makeFolder(target)
  for (const each of graphsOf(manifest)) writeAtomically(join(target, each.file), [graph(each)])
  writeAtomically(join(target, 'manifest.json'), [text])
}

/**
 * Removes the files that a run makes, and the folders that then are empty; whatever else lies there stays. For who
 * holds the folder's lock.
 */
export function removeRun(folder: string): void {
  removeAllPartials(folder)
  const { bundle, record, ...files } = runFiles(folder)
  const graphs = ownFiles(bundle)
  // The record goes first: without it, the rest is no run that somebody could go on with.
  orFileError('write', folder, () => {
    for (const path of [record, ...Object.values(files), ...graphs.map((name) => join(bundle, name))])
      rmSync(path, { force: true })
    if (isThere(bundle) && namesIn(bundle).length === 0) rmdirSync(bundle)
  })
}

/** Those that a manifest names: where it is damaged, whose the graphs are cannot be told, and they stay. */
function ownFiles(bundle: string): string[] {
  try {
    return namedFiles(bundle)
  } catch (error) {
    if (error instanceof UserError) return ['manifest.json']
    throw error
  }
}

function namesIn(folder: string): string[] {
  return orFileError('read', folder, () => (isThere(folder) ? readdirSync(folder) : []))
}

/** A run's files without their run, and a folder `bundle` with another bundle or other things in it, are the user's own. */
function requireNothingElse(folder: string, { text }: Bundle): void {
  const files = runFiles(folder)
  const manifest = join(files.bundle, 'manifest.json')
  const isOther = isThere(manifest) && Buffer.compare(readRegularFile(manifest, manifestSize), text) !== 0
  const stray = [
    ...(isOther ? [manifest] : []),
    ...[files.metrics, files.checkpoint].filter((path) => isThere(path)),
    ...namesIn(files.bundle)
      .filter((name) => !isBundleFile(name))
      .map((name) => join(files.bundle, name)),
  ]
  if (stray[0] !== undefined)
    throw new UserError('RunError', `${folder} holds ${stray[0]}, which a new run would not leave alone`, {
      help: 'Choose another folder for --out, or remove it first.',
    })
}

/** @throws UserError ('RunError') where the folder holds no run, or not the one that was started there. */
export function openRun(folder: string): RunFolder {
  const record = readRecord(folder)
  const bundle = loadBundle(runFiles(folder).bundle)
  if (bundle.digest === record.manifest && bundle.identity === record.identity)
    return { folder, bundle, record }
  throw new UserError(
    'RunError',
    `${folder} is not the folder of a run: its bundle is not the one it was started with`,
    {
      help: 'Give the folder that hebb train wrote with --out.',
    },
  )
}

/** @throws UserError ('RunError') where a checkpoint is of another run than the one whose folder it lies in. */
function requireSameRun({ folder, record }: RunFolder, { seed, totalSteps }: Standing): void {
  if (seed === record.seed && totalSteps === record.totalSteps) return
  const tell = (of: Pick<RunRecord, 'seed' | 'totalSteps'>) => `seed ${of.seed}, ${of.totalSteps} steps`
  throw new UserError(
    'RunError',
    `${runFiles(folder).checkpoint} is of another run (${tell({ seed, totalSteps })}) than ${folder} (${tell(record)})`,
    { help: 'Put the checkpoint of this run there, or start a new run in another folder.' },
  )
}

/**
 * Opens the last checkpoint of a run; undefined where the run has not got as far.
 *
 * @throws UserError as `openCheckpoint`; ('RunError') where the checkpoint is of another run
 */
export function openRunCheckpoint(run: RunFolder): OpenCheckpoint | undefined {
  const { checkpoint: path } = runFiles(run.folder)
  if (!isThere(path)) return undefined
  const checkpoint = openCheckpoint(path, run.bundle)
  try {
    requireSameRun(run, checkpoint)
    return checkpoint
  } catch (error) {
    checkpoint.close()
    throw error
  }
}

/**
 * The last checkpoint of a run.
 *
 * @throws UserError ('RunError') where the run has not got as far, or the checkpoint is of another run.
 */
export function loadRunCheckpoint(run: RunFolder): Checkpoint {
  const checkpoint = openRunCheckpoint(run)
  if (checkpoint) return readAll(checkpoint, run.bundle)
  throw new UserError('RunError', `${run.folder} has no checkpoint yet`, {
    help: `Train it first: hebb train --resume --out ${run.folder}`,
  })
}
