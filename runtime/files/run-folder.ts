import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { isBundleFile, manifestSize } from '../../src/bundle/manifest.ts'
import { readRegularFile } from '../../src/base/regular-file.ts'
import { writeAtomically } from './atomic.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { graphsOf } from '../../src/bundle/sections.ts'
import { keptCheckpoints } from './kept.ts'
import { removeAllPartials } from './remove-run.ts'
import { namesIn, runFiles, type RunFolder } from './run-files.ts'
import { eventFilesIn } from './tensorboard/own-files.ts'
import { withSafetensors } from './safetensors.ts'
import { checkedArgument } from '../given/check.ts'
import { path } from '../given/kinds.ts'
import { readRecord, recordPath, sealRecord, type RunRecord } from './run-record.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'

export { removeAllPartials, removeRun } from './remove-run.ts'
export { loadRunCheckpoint, openRunCheckpoint } from './run-checkpoint.ts'
export { runFiles, type RunFolder } from './run-files.ts'

/**
 * Makes a new run in a folder that is locked, with a copy of the bundle.
 *
 * @param start a file in the folder that becomes what the run started with
 * @throws UserError ('RunError') where a run is there already, or things that are not a run's.
 */
export function createRun(
  folder: string,
  bundle: Bundle,
  settings: Omit<RunRecord, 'program' | 'identity' | 'manifest'>,
  start?: string,
): RunFolder {
  requireNoRun(folder)
  if (start === undefined) removeAllPartials(folder)
  requireNothingElse(folder, bundle)
  const { identity, digest } = bundle
  const record = { program: bundle.manifest.program.name, identity, manifest: digest, ...settings }
  const sealed = sealRecord(record)
  copyBundle(bundle, runFiles(folder).bundle)
  const { start: target } = runFiles(folder)
  orFileError('write', target, () => {
    if (start === undefined) rmSync(target, { force: true })
    else renameSync(start, target)
  })
  // The record comes last: where it is, the run is whole.
  writeAtomically(recordPath(folder), [sealed])
  return { folder, bundle: loadBundle(runFiles(folder).bundle), record }
}

/** @throws UserError ('RunError') where the folder holds a run. @param help what to do then */
export function requireNoRun(
  folder: string,
  help = 'Go on with it: --resume; or choose another folder for --out.',
): void {
  if (isThere(runFiles(folder).record))
    throw new UserError('RunError', `${folder} holds a run already`, { help })
}

/** Only the bundle's own files; over those of a start that was broken off, too. */
function copyBundle({ manifest, text, graph }: Bundle, target: string): void {
  makeFolder(target)
  for (const each of graphsOf(manifest)) writeAtomically(join(target, each.file), [graph(each)])
  writeAtomically(join(target, 'manifest.json'), [text])
}

/** Whether a file is what a run of this program was to start with, which was broken off before it was one. */
function isStartOf(path: string, identity: string): boolean {
  try {
    return withSafetensors(path, ({ metadata }) => metadata.identity === identity && metadata.step === '0')
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

/** A run's files without their run, and a folder `bundle` with another bundle or other things in it, are the user's own. */
function requireNothingElse(folder: string, { text, identity }: Bundle): void {
  const files = runFiles(folder)
  const manifest = join(files.bundle, 'manifest.json')
  const isOther = isThere(manifest) && Buffer.compare(readRegularFile(manifest, manifestSize), text) !== 0
  const stray = [
    ...(isOther ? [manifest] : []),
    ...[files.metrics, files.probes, files.checkpoint, files.best].filter((path) => isThere(path)),
    ...(isThere(files.start) && !isStartOf(files.start, identity) ? [files.start] : []),
    ...keptCheckpoints(folder).map(({ path }) => path),
    ...eventFilesIn(folder),
    ...namesIn(files.bundle)
      .filter((name) => !isBundleFile(name))
      .map((name) => join(files.bundle, name)),
  ]
  if (stray[0] !== undefined)
    throw new UserError('RunError', `${folder} holds ${stray[0]}, which a new run would not leave alone`, {
      help: 'Choose another folder for --out, or remove it first.',
    })
}

/** A run reads the bundle in its own folder: that is where a sound copy has to be. */
function bundleOf(folder: string): Bundle {
  const { bundle } = runFiles(folder)
  try {
    return loadBundle(bundle)
  } catch (error) {
    if (!(error instanceof UserError) || error.name !== 'BundleError') throw error
    throw new UserError('BundleError', error.problem, {
      help: `Put a sound copy of what the run was started with into ${bundle}: the same program, compiled as then by this version of hebb.`,
    })
  }
}

/**
 * A run that is in a folder, with its bundle; nothing is changed.
 *
 * @throws UserError ('RunError') where the folder holds no run, or not the one that was started there.
 */
export function openRun(folder: string): RunFolder {
  checkedArgument('openRun', 'folder', path, folder)
  const record = readRecord(folder)
  const bundle = bundleOf(folder)
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
