import { readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '../base/error.ts'
import { fileError, shown } from '../base/file-error.ts'
import { describeKind, isThere, kindOf, requireName } from '../base/file-kind.ts'
import { claimOf, LockHeld } from '../base/lock.ts'
import { inFolder } from '../base/make-folder.ts'
import { readTextFile } from '../base/regular-file.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Bundle } from './bundle.ts'
import { isBundleFile, manifestSize } from './manifest.ts'
import { replaceFolder } from './replace-folder.ts'
import { graphsOf } from './sections.ts'

/**
 * Writes a bundle, compiled or loaded, as a folder: manifest.json and the graphs. They go into a temporary folder beside it, which
 * is then renamed, so that a crash leaves the old bundle, none, or the whole new one. An existing folder is
 * replaced only if it is empty or holds a bundle and nothing else.
 *
 * @throws UserError ('FileError') where it may not be replaced, or the system refuses to write.
 */
export function writeBundle(folder: string, { manifest, text, graph }: Bundle): void {
  const target = requireBundlePlace(folder)
  try {
    const kind = { isOurs: isBundleFile, isWhole: (old: string) => isBundleManifest(manifestIn(old)) }
    inFolder(dirname(target), () => {
      replaceFolder(target, kind, (made) => {
        const write = (name: string, bytes: Uint8Array) => {
          writeFileSync(join(made, name), bytes, { flush: true })
        }
        for (const each of graphsOf(manifest)) write(each.file, graph(each))
        write('manifest.json', text)
        requireReplaceable(folder, target)
      })
    })
  } catch (error) {
    throw writeError(folder, error)
  }
}

/**
 * The folder that a bundle will be, links followed. It is made beside it first.
 *
 * @throws UserError ('FileError') where something is there that may not be replaced.
 */
export function requireBundlePlace(folder: string): string {
  try {
    requireReplaceable(folder, resolve(folder))
    const target = isThere(folder) ? realpathSync(folder) : resolve(folder)
    // The longest name that is made beside it: the system may take no such name.
    requireName(claimOf(`${target}.lock`, '0'.repeat(32)))
    return target
  } catch (error) {
    throw writeError(folder, error)
  }
}

function requireReplaceable(folder: string, target: string): void {
  const refuse = (problem: string) =>
    new UserError('FileError', `${folder} ${problem}`, { help: 'Choose another folder, or remove it first.' })
  const kind = kindOf(target)
  if (kind === undefined) return
  if (kind !== 'folder') throw refuse(`is ${describeKind(kind, target)}, not a folder`)
  const names = readdirSync(target)
  // Its name would go to another folder, and who is in there would see an empty one, without a name.
  if (realpathSync(target) === realpathSync(process.cwd()))
    throw new UserError('FileError', `${folder} is the working folder, which a bundle would replace`, {
      help: 'Choose another folder, or start from the one above it.',
    })
  if (names.length === 0) return
  if (basename(target) === 'bundle' && isThere(join(dirname(target), 'run.json')))
    throw refuse('is the bundle of a run, which would be lost without it')
  const manifest = manifestIn(target)
  if (!isBundleManifest(manifest)) throw refuse('holds something else than a bundle and is not replaced')
  const own = new Set(['manifest.json', ...graphsNamedIn(manifest)])
  // Graphs that the manifest does not name are somebody's own.
  const stray = names.find((name) => !own.has(name))
  if (stray !== undefined) throw refuse(`holds a bundle, but also ${shown(stray)}, and is not replaced`)
}

/** Wherever a manifest of whatever version names them. */
const graphsNamedIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]: [string, unknown]) =>
        key === 'file' && typeof each === 'string' && each.endsWith('.onnx') ? [each] : graphsNamedIn(each),
      )
    : []

/** Undefined where there is none that can be read. */
function manifestIn(folder: string): unknown {
  try {
    return parseStrictJson(readTextFile(join(folder, 'manifest.json'), manifestSize))
  } catch {
    return undefined
  }
}

const isBundleManifest = (manifest: unknown): boolean =>
  typeof manifest === 'object' && !!manifest && 'format' in manifest && manifest.format === 'hebb-bundle'

function writeError(folder: string, cause: unknown): unknown {
  if (cause instanceof LockHeld)
    return new UserError('FileError', `${folder} is in use: ${cause.holder('writes a bundle')}`, {
      help: cause.help,
    })
  return fileError('write', `the bundle ${folder}`, cause)
}
