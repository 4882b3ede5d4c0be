import { UserError } from './error.ts'
import { printable } from './printable.ts'

interface SystemError extends Error {
  readonly code: string
}

const elsewhere = 'Free some space, or choose another folder.'
const rights = 'Check who may use it, or choose another path.'
const links = 'Check where its links lead.'
const network = 'Check the network disk, or try again later.'
const smaller = 'Close other programs, or use smaller files.'
const damaged = 'Copy or download the file again.'
const descriptors = 'Close other programs, or raise the limit: ulimit -n 4096.'
const shorter = 'Choose a shorter path.'

/** By the code of whoever refuses: the operating system, Node's own checks, or zlib. */
const reasons: Readonly<Record<string, readonly [reason: string, help: string]>> = {
  ENOENT: ['no such file or folder', 'Check the path.'],
  ENOTDIR: ['a part of the path is not a folder', 'Check the path.'],
  EISDIR: ['it is a folder, not a file', 'Give the path of a file.'],
  EEXIST: ['something else of that name is there', 'Choose another name, or remove it first.'],
  ENOTEMPTY: ['the folder is not empty', 'Choose another name, or remove it first.'],
  ENOSPC: ['the disk is full', elsewhere],
  EDQUOT: ['your disk quota is used up', elsewhere],
  EFBIG: ['the file would be larger than is allowed here', elsewhere],
  EACCES: ['permission denied', rights],
  EPERM: ['not permitted', rights],
  EROFS: ['the disk is read-only', rights],
  EBUSY: ['something else is using it', rights],
  ETXTBSY: ['something else is using it', rights],
  EXDEV: ['its parts lie on different disks', 'Choose another folder.'],
  EIO: ['the disk reports an input/output error', 'Check the disk, or use another one.'],
  ENODEV: ['there is no such device', 'Give the path of a file.'],
  ENXIO: ['there is no such device, or nobody at its other end', 'Give the path of a file.'],
  ELOOP: ['its links lead in a circle', links],
  ENAMETOOLONG: ['the path is too long', shorter],
  EINVAL: ['the system takes no such path, or no such use of it', 'Choose another path.'],
  EILSEQ: ['the disk takes no such name', 'Choose another name.'],
  EMFILE: ['too many files are open in this process', descriptors],
  ENFILE: ['too many files are open on this machine', descriptors],
  ENOMEM: ['there is not enough memory', smaller],
  EOVERFLOW: ['the file is too large for this system', 'Use a smaller file.'],
  ESTALE: ['the network disk no longer knows it', network],
  ETIMEDOUT: ['the network disk does not answer', network],
  EHOSTDOWN: ['the network disk does not answer', network],
  EHOSTUNREACH: ['the network disk does not answer', network],
  ENOTCONN: ['the network disk is not connected', network],
  EREMOTEIO: ['the network disk reports an error', network],
  ENOLCK: ['the disk has no locks left', network],
  ERR_FS_FILE_TOO_LARGE: ['the file is too large to be read at once', 'Use a smaller file.'],
  ERR_STRING_TOO_LONG: ['the file is too large to be read as text', 'Use a smaller file.'],
  ERR_BUFFER_TOO_LARGE: ['it holds more than can be unpacked', damaged],
  ERR_ENCODING_INVALID_ENCODED_DATA: ['it is not text in UTF-8', damaged],
  Z_DATA_ERROR: ['its compressed data are damaged', damaged],
  Z_BUF_ERROR: ['its compressed data are cut short', damaged],
  Z_NEED_DICT: ['its compressed data need a dictionary', damaged],
  Z_MEM_ERROR: ['there is not enough memory', smaller],
}

/** What else there is to do about it where something is to be written. */
const toWrite: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path, and make its folder first if that is missing.',
}

const NUL = '\0'

/** Of memory that could not be had, V8 throws a RangeError that has no code. */
const isOutOfMemory = (error: unknown): error is RangeError =>
  error instanceof RangeError &&
  /allocation failed|^Invalid (typed array|array buffer|string|array) length/.test(error.message)

/** Whether the operating system refused, or Node or zlib in its place, as opposed to a bug of ours. */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  ('syscall' in error || Object.hasOwn(reasons, error.code))

/** Node's words without its code and arguments: `operation not supported`. */
const inWords = ({ message }: Error): string => message.replace(/^\w+: /, '').replace(/, .*$/s, '')

type Action = 'read' | 'write'

function reasonOf(
  action: Action,
  path: string,
  cause: unknown,
): readonly [reason: string, help?: string] | undefined {
  if (path.includes(NUL)) return ['a path cannot hold a NUL character', 'Check the path.']
  if (isOutOfMemory(cause)) return ['there is not enough memory for it', smaller]
  if (!isSystemError(cause)) return undefined
  const known = reasons[cause.code]
  if (known === undefined) return [inWords(cause)]
  const further = action === 'write' ? toWrite[cause.code] : undefined
  return [known[0], further ?? known[1]]
}

/** What is read from strangers' files, for a message: short, and no more than text on one line. */
export function shown(text: string, longest = 200): string {
  return printable(text.length > longest ? `${text.slice(0, longest)}…` : text)
}

/**
 * What to throw when `cannot read PATH` or `cannot write PATH` is the trouble: a UserError of kind
 * FileError where the system refused, whichever part of it, otherwise the cause itself.
 */
export const fileError = (action: Action, path: string, cause: unknown): Error => {
  if (cause instanceof UserError) return cause
  const found = reasonOf(action, path, cause)
  if (!found) return cause instanceof Error ? cause : new Error(String(cause))
  const [reason, help] = found
  return new UserError('FileError', `cannot ${action} ${shown(path, 4096)}: ${reason}`, { help })
}

/** Does what the system may refuse, and tells a refusal as `fileError` does. */
export function orFileError<Result>(action: Action, path: string, body: () => Result): Result {
  try {
    return body()
  } catch (error) {
    throw fileError(action, path, error)
  }
}
