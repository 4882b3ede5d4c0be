import { rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { namedFiles } from '../../src/bundle/load-bundle.ts'
import { removePartials } from './partials.ts'
import { keptCheckpoints } from './kept.ts'
import { eventFilesIn } from './tensorboard/own-files.ts'
import { keptFolder, namesIn, runFiles } from './run-files.ts'

/** What a run has made goes, and nothing else. */

/** Removes what a killed process left half written. For who holds the folder's lock. */
export function removeAllPartials(folder: string): void {
  const { bundle, ...files } = runFiles(folder)
  for (const path of Object.values(files)) removePartials(path)
  for (const name of namesIn(bundle)) {
    const [whole] = /^(manifest\.json|[\w.-]+\.onnx)(?=\.[0-9a-f]{12}\.partial$)/.exec(name) ?? []
    if (whole !== undefined) removePartials(join(bundle, whole))
  }
  const kept = keptFolder(folder)
  for (const name of namesIn(kept)) {
    const [whole] = /^step-\d+\.safetensors(?=\.[0-9a-f]{12}\.partial$)/.exec(name) ?? []
    if (whole !== undefined) removePartials(join(kept, whole))
  }
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
    for (const { path } of keptCheckpoints(folder)) rmSync(path, { force: true })
    for (const path of eventFilesIn(folder)) rmSync(path, { force: true })
    for (const emptied of [bundle, keptFolder(folder)])
      if (isThere(emptied) && namesIn(emptied).length === 0) rmdirSync(emptied)
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
