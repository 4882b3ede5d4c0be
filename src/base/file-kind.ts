import { lstatSync, readlinkSync, statSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UserError } from './error.ts'
import { fileError, isSystemError, shown } from './file-error.ts'

/** What a path leads to, its links followed. */
export type FileKind = 'file' | 'folder' | 'pipe' | 'socket' | 'device' | 'dangling link'

const names: Readonly<Record<FileKind, string>> = {
  file: 'a file',
  folder: 'a folder',
  pipe: 'a pipe',
  socket: 'a socket',
  device: 'a device',
  'dangling link': 'a link that leads nowhere',
}

export const kindOfStats = (stats: Stats): FileKind => {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isFIFO()) return 'pipe'
  return stats.isSocket() ? 'socket' : 'device'
}

/** Undefined where there is nothing, which includes paths below something that is no folder. */
function statsOf(path: string, stat: typeof statSync): Stats | undefined {
  try {
    return stat(path)
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw fileError('read', path, error)
  }
}

/**
 * What a path leads to; undefined where there is nothing.
 *
 * @throws UserError ('FileError') where that may not be known, such as in a folder without rights.
 */
export function kindOf(path: string): FileKind | undefined {
  const stats = statsOf(path, statSync)
  if (stats) return kindOfStats(stats)
  return statsOf(path, lstatSync) ? 'dangling link' : undefined
}

/** Of a regular file, without reading it. */
export interface FileStamp {
  readonly size: number
  /** When it was written to, in milliseconds. */
  readonly modified: number
  /** Another one as soon as it is written to, or another file takes its place. */
  readonly text: string
}

/** @throws UserError ('FileError') where there is none, or something else */
export function stampOf(path: string): FileStamp {
  const kind = kindOf(path)
  if (kind !== undefined && kind !== 'file') throw wrongKind(kind, path)
  try {
    const { size, mtimeMs, mtimeNs, ctimeNs, ino, dev } = statSync(path, { bigint: true })
    const text = [path, size, mtimeNs, ctimeNs, ino, dev].join(' ')
    return { size: Number(size), modified: Number(mtimeMs), text }
  } catch (error) {
    throw fileError('read', path, error)
  }
}

/** Whether anything is there, be it a link that leads nowhere. @throws as `kindOf` */
export const isThere = (path: string): boolean => kindOf(path) !== undefined

/** Who may use what is there. Throws what the system says. */
export const modeOf = (path: string): number => statSync(path).mode & 0o7777

/** Throws what the system says of a name that it does not take, such as one that is too long. */
export function requireName(path: string): void {
  lstatSync(path, { throwIfNoEntry: false })
}

/** Says what is there in place of a file: `a folder`, `a link that leads nowhere (/data/mnist)`. */
export const describeKind = (kind: FileKind, path: string): string =>
  kind === 'dangling link'
    ? `${names[kind]} (${shown(resolve(dirname(path), readlinkSync(path)))})`
    : names[kind]

/** What to throw where one kind is wanted and another one is there. */
export const wrongKind = (
  kind: FileKind,
  path: string,
  wanted: 'file' | 'folder' = 'file',
  action: 'read' | 'write' = 'read',
): UserError =>
  new UserError(
    'FileError',
    `cannot ${action} ${shown(path)}: it is ${describeKind(kind, path)}, not ${names[wanted]}`,
    {
      help: `Give the path of ${names[wanted]}.`,
    },
  )

/** Tells a folder from all others of this machine, as long as it stays on its disk. @throws UserError ('FileError') where there is none */
export function folderMark(path: string): string {
  const stats = statsOf(path, statSync)
  if (!stats) throw fileError('read', path, new Error('there is no such folder'))
  return `${stats.dev} ${stats.ino} ${stats.birthtimeMs}`
}
