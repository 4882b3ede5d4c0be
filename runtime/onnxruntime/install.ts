import { createHash } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { fileError, isSystemError, orFileError } from '../../src/base/file-error.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { writeNewFile } from '../../src/base/new-file.ts'
import { packageFolder } from '../../src/base/package-folder.ts'
import { readPieces } from '../../src/base/regular-file.ts'
import { readTar } from '../data/archives/tar.ts'
import { fetchTarball } from './fetch.ts'
import { findOnnxruntime, ownFolder } from './find.ts'
import { removeRemains, withPartFolder } from './part-folder.ts'
import { wantedIntegrity, wantedSize, wantedVersion } from './wanted.ts'

/** Of a system: its libraries lie in a folder of their own, and the others' are left out. */
const libraries = `package/bin/napi-v6/${process.platform}/${process.arch}/`
const isWanted = (name: string): boolean =>
  !name.split('/').includes('..') &&
  (/^package\/(package\.json|README\.md|LICEN[CS]E.*|dist\/.*)$/i.test(name) || name.startsWith(libraries))

/** Of one file, and of all in the archive, in bytes: twice what version 1.30 has. */
const LARGEST = 200e6
const MOST = 800e6
const PIECE = 4 * 1024 * 1024

/**
 * Puts the onnxruntime-node that hebb is made for where hebb finds it, unless it is there: from the registry that npm is
 * set up for, or from its tarball. No script of it is run, and only what this system needs is kept.
 *
 * @param tarball path of onnxruntime-node-VERSION.tgz, for a machine without a registry
 * @param onNotice hears what takes long
 * @returns the folder
 * @throws UserError ('InstallError', 'FileError', 'DataError')
 */
export async function installOnnxruntime(
  tarball?: string,
  onNotice: (line: string) => void = () => undefined,
): Promise<string> {
  // What is named is looked at, needed or not: a mistake in a path is told.
  if (tarball !== undefined) requireIntegrity(tarball)
  const found = findOnnxruntime()
  if (found !== undefined) {
    removeRemains(packageFolder, of.name)
    return found
  }
  await withPartFolder(packageFolder, of, async (part, signal) => {
    const archive = tarball ?? (await fetchNoticeably(part, signal, onNotice))
    if (tarball === undefined) requireIntegrity(archive)
    await unpack(archive, join(part, 'package'))
    putInPlace(join(part, 'package'))
  })
  return ownFolder
}

const of = { name: 'onnxruntime-node', command: 'npx hebb install-onnxruntime' }

const NOTICE_SECONDS = 20

/** npm says nothing of how far it is where it is not asked by a terminal. */
async function fetchNoticeably(
  folder: string,
  signal: AbortSignal,
  onNotice: (line: string) => void,
): Promise<string> {
  const what = `onnxruntime-node ${wantedVersion()}`
  onNotice(`fetching ${what}, ${wantedSize} …`)
  let seconds = 0
  const goesOn = () => {
    onNotice(`still fetching ${what}, ${(seconds += NOTICE_SECONDS)} s …`)
  }
  const timer = setInterval(goesOn, NOTICE_SECONDS * 1000)
  try {
    return await fetchTarball(wantedVersion(), folder, signal)
  } finally {
    clearInterval(timer)
  }
}

function requireIntegrity(archive: string): void {
  const hash = createHash('sha512')
  for (const piece of readPieces(archive, PIECE)) hash.update(piece)
  const version = wantedVersion()
  if (`sha512-${hash.digest('base64')}` !== wantedIntegrity())
    throw new UserError('InstallError', `${archive} is not onnxruntime-node ${version} as it is published`, {
      help: `Its checksum is another. Get it anew: npm pack onnxruntime-node@${version}`,
    })
}

async function unpack(archive: string, folder: string): Promise<void> {
  const files = await readTar(archive, { names: { has: isWanted }, largest: LARGEST, most: MOST })
  if (![...files.keys()].some((name) => name.startsWith(libraries)))
    throw new UserError(
      'InstallError',
      `onnxruntime-node has no libraries for ${process.platform}/${process.arch}`,
      { help: 'Use Linux, Windows or macOS on x64 or arm64.' },
    )
  for (const [name, bytes] of files) {
    const path = join(folder, name.slice('package/'.length))
    makeFolder(dirname(path))
    orFileError('write', path, () => {
      writeNewFile(path, bytes)
    })
  }
}

function putInPlace(folder: string): void {
  try {
    // Of another version, or none that is whole.
    rmSync(ownFolder, { recursive: true, force: true })
    renameSync(folder, ownFolder)
  } catch (error) {
    // Another process may have been first.
    if (isSystemError(error) && findOnnxruntime() !== undefined) return
    throw fileError('write', ownFolder, error)
  }
}
