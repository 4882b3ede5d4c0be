import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { readUpTo, withRegularFile } from '../../src/base/regular-file.ts'

/** Where a tar archive says that it is one. */
const TAR = { offset: 257, mark: 'ustar' }

/** By how a file begins: what it is. */
const others: readonly (readonly [start: string, what: string])[] = [
  ['\xed\xab\xee\xdb', 'an RPM package'],
  ['!<arch>\n', 'a Debian package, or another archive of ar'],
  ['\xfd7zXZ\0', 'an archive of xz'],
  ['BZh', 'an archive of bzip2'],
  ['7z\xbc\xaf\x27\x1c', 'an archive of 7-Zip'],
  ['\x28\xb5\x2f\xfd', 'an archive of Zstandard'],
  ['\x7fELF', 'a library, not the folder that holds it'],
]

/**
 * Which kind of archive a file is, by its first bytes: names say little, such as `.nupkg` and `.whl` of a zip archive.
 *
 * @throws UserError ('InstallError') where it is of a kind that is not read here; ('FileError')
 */
export function archiveKind(path: string): 'zip' | 'tar' {
  const start = withRegularFile(path, (file) => {
    const bytes = Buffer.alloc(TAR.offset + TAR.mark.length)
    return bytes.toString('latin1', 0, readUpTo(file, bytes, 0))
  })
  if (start.startsWith('PK')) return 'zip'
  if (start.startsWith('\x1f\x8b') || start.startsWith(TAR.mark, TAR.offset)) return 'tar'
  const known = others.find(([mark]) => start.startsWith(mark))
  const what =
    start === '' ? 'is empty' : known ? `is ${known[1]}` : 'is no archive of a kind that is read here'
  throw new UserError('InstallError', `${shown(path, 4096)} ${what}`, {
    help: 'Give a folder, a zip archive (.nupkg, .whl, .zip), or a tar archive (.tgz, .tar.gz, .tar): others must be unpacked first.',
  })
}
