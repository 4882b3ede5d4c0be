import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { at } from '../../src/base/lists.ts'
import { readFully, sizeOf, withRegularFile } from '../../src/base/regular-file.ts'

/** A shared library of Linux on x64 (ELF), as far as its own tables tell what it is. */
export interface Library {
  /** What others can use of it. */
  readonly exported: ReadonlySet<string>
  /** The libraries that it needs, by their names. */
  readonly needed: readonly string[]
  /** Where its constants lie, in bytes of the file. */
  readonly constants: readonly Part[]
}

export interface Part {
  readonly offset: number
  readonly size: number
}

interface Section extends Part {
  readonly name: number
  readonly type: number
  /** The section that holds its names. */
  readonly link: number
}

/** What to throw of a file that cannot be the library that it should be. */
export const badLibrary = (place: string, problem: string): UserError =>
  new UserError('InstallError', `${shown(place, 4096)} ${problem}`, {
    help: 'Copy or download it again, and install it: npx hebb install-cuda FROM',
  })

const HEADER = 64
const SEGMENT = 56
const SECTION = 64
const SYMBOL = 24
const ENTRY = 16
/** Of one table, in bytes: hundreds of times what the libraries have. */
const LARGEST = 64 * 1024 * 1024

/** What the tables of ELF call what they list. */
const types = { dynamic: 6, empty: 8, symbols: 11 }
const tags = { needed: 1 }

/** 64 bits, 1 byte after the other from the lowest, a shared library, for x86-64. */
const isForHere = (header: Buffer): boolean =>
  header[4] === 2 && header[5] === 1 && header.readUInt16LE(16) === 3 && header.readUInt16LE(18) === 62

const long = (bytes: Buffer, position: number): number => Number(bytes.readBigUInt64LE(position))

const rows = (table: Buffer, length: number): Buffer[] =>
  Array.from({ length: Math.floor(table.length / length) }, (_, i) =>
    table.subarray(i * length, (i + 1) * length),
  )

const textAt = (names: Buffer, offset: number): string => {
  const end = names.indexOf(0, offset)
  return names.toString('latin1', offset, end < 0 ? names.length : end)
}

/**
 * Reads the tables of a library. Those of its sections stand at the end of the file, so that one that was cut is found.
 *
 * @param place what to call it in a message
 * @throws UserError ('InstallError') where it is cut, none at all, or for another system; ('FileError')
 */
export const readLibrary = (path: string, place: string): Library =>
  withRegularFile(path, (file) => {
    const size = sizeOf(file)
    const requireWithin = ({ offset, size: length }: Part) => {
      if (offset + length > size)
        throw badLibrary(
          place,
          `is cut short: it holds ${size} bytes, and says that it has ${offset + length}`,
        )
    }
    const read = (part: Part): Buffer => {
      requireWithin(part)
      if (part.size > LARGEST) throw badLibrary(place, `is damaged: one of its tables has ${part.size} bytes`)
      const bytes = Buffer.alloc(part.size)
      readFully(file, bytes, part.offset, path)
      return bytes
    }
    if (size < HEADER) throw badLibrary(place, `is no library: it holds ${size} bytes`)
    const header = read({ offset: 0, size: HEADER })
    if (header.toString('latin1', 0, 4) !== '\x7fELF') throw badLibrary(place, 'is no library of Linux')
    if (!isForHere(header)) throw badLibrary(place, 'is no library for Linux on x64')

    const segments = read({ offset: long(header, 32), size: header.readUInt16LE(56) * SEGMENT })
    for (const row of rows(segments, SEGMENT)) requireWithin({ offset: long(row, 8), size: long(row, 32) })
    const table = read({ offset: long(header, 40), size: header.readUInt16LE(60) * SECTION })
    const sections = rows(table, SECTION).map(sectionOf)
    for (const section of sections) if (section.type !== types.empty) requireWithin(section)
    return libraryOf(sections, header.readUInt16LE(62), read, place)
  })

const sectionOf = (row: Buffer): Section => ({
  name: row.readUInt32LE(0),
  type: row.readUInt32LE(4),
  offset: long(row, 24),
  size: long(row, 32),
  link: row.readUInt32LE(40),
})

function libraryOf(
  sections: readonly Section[],
  names: number,
  read: (part: Part) => Buffer,
  place: string,
): Library {
  const of = (type: number) => sections.filter((section) => section.type === type)
  const [symbols, dynamic] = [of(types.symbols), of(types.dynamic)]
  if ([names, ...[...symbols, ...dynamic].map(({ link }) => link)].some((i) => i >= sections.length))
    throw badLibrary(place, 'is damaged: its table of sections ends before its names')
  const namesOf = (section: number) => read(at(sections, section))
  const sectionNames = namesOf(names)
  return {
    exported: new Set(symbols.flatMap((section) => exportedOf(read(section), namesOf(section.link)))),
    needed: dynamic.flatMap((section) => neededOf(read(section), namesOf(section.link))),
    constants: sections.filter(({ name }) => textAt(sectionNames, name).startsWith('.rodata')),
  }
}

/** Of symbols, those that are defined here and that all may see: local ones bind by 0. */
const exportedOf = (symbols: Buffer, names: Buffer): string[] =>
  rows(symbols, SYMBOL)
    .filter((row) => row.readUInt16LE(6) !== 0 && row.readUInt8(4) >> 4 !== 0)
    .map((row) => textAt(names, row.readUInt32LE(0)))

const neededOf = (entries: Buffer, names: Buffer): string[] =>
  rows(entries, ENTRY)
    .filter((row) => long(row, 0) === tags.needed)
    .map((row) => textAt(names, long(row, 8)))
