import { UserError } from '../src/error.ts'

interface SystemError extends Error {
  readonly code: string
}

/** Whether the operating system refused, as opposed to a bug of ours. */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

const elsewhere = 'Free some space, or choose another folder.'
const rights = 'Check who may use it, or choose another folder.'

const reasons: Readonly<Record<string, readonly [reason: string, help: string]>> = {
  ENOENT: ['no such file or folder', 'Check the path, and make its folder first if that is missing.'],
  ENOTDIR: ['a part of the path is not a folder', 'Check the path.'],
  EISDIR: ['it is a folder, not a file', 'Give the path of a file.'],
  ENOSPC: ['the disk is full', elsewhere],
  EDQUOT: ['your disk quota is used up', elsewhere],
  EFBIG: ['the file would be larger than is allowed here', elsewhere],
  EACCES: ['permission denied', rights],
  EPERM: ['not permitted', rights],
  EROFS: ['the disk is read-only', rights],
  EIO: ['the disk reports an input/output error', 'Check the disk, or use another one.'],
}

/**
 * What to throw when `cannot read PATH` or `cannot write PATH` is the trouble: a UserError of kind
 * FileError where the operating system refused, otherwise the cause itself.
 */
export const fileError = (action: 'read' | 'write', path: string, cause: unknown): Error => {
  if (!isSystemError(cause)) return cause instanceof Error ? cause : new Error(String(cause))
  const [reason, help] = reasons[cause.code] ?? [cause.message, undefined]
  return new UserError('FileError', `cannot ${action} ${path}: ${reason}`, { help })
}
