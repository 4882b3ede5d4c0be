/** A shared library of Linux on x64 in a few hundred bytes: its tables, and no code. */

const [HEADER, SEGMENT, SECTION] = [64, 56, 64]

export interface Made {
  readonly exports: readonly string[]
  readonly needs?: readonly string[]
  /** What it says among its constants. */
  readonly texts?: readonly string[]
}

/** Names one after the other, and where each of them begins. */
function table(names: readonly string[]): { bytes: Buffer; at: (name: string) => number } {
  const bytes = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`, 'latin1')
  return { bytes, at: (name) => bytes.indexOf(`\0${name}\0`, 0, 'latin1') + 1 }
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])

export function elf({ exports, needs = [], texts = [] }: Made): Buffer {
  const names = table([...exports, ...needs])
  const titles = table(['.dynsym', '.dynstr', '.dynamic', '.rodata', '.shstrtab'])
  const symbols = exports.map((name) => {
    const row = Buffer.alloc(24)
    row.writeUInt32LE(names.at(name), 0)
    row.writeUInt8(0x12, 4)
    row.writeUInt16LE(1, 6)
    return row
  })
  const entries = needs.map((name) => {
    const row = Buffer.alloc(16)
    row.writeBigUInt64LE(1n, 0)
    row.writeBigUInt64LE(BigInt(names.at(name)), 8)
    return row
  })
  const sections = [
    { title: '', type: 0, link: 0, bytes: Buffer.alloc(0) },
    { title: '.dynsym', type: 11, link: 2, bytes: Buffer.concat([Buffer.alloc(24), ...symbols]) },
    { title: '.dynstr', type: 3, link: 0, bytes: names.bytes },
    { title: '.dynamic', type: 6, link: 2, bytes: Buffer.concat([...entries, Buffer.alloc(16)]) },
    { title: '.rodata', type: 1, link: 0, bytes: table(texts).bytes },
    { title: '.shstrtab', type: 3, link: 0, bytes: titles.bytes },
  ]
  const header = Buffer.alloc(HEADER + SEGMENT)
  let offset = header.length
  const rows = sections.map(({ title, type, link, bytes }) => {
    const row = Buffer.alloc(SECTION)
    row.writeUInt32LE(title === '' ? 0 : titles.at(title), 0)
    row.writeUInt32LE(type, 4)
    row.writeBigUInt64LE(BigInt(offset), 24)
    row.writeBigUInt64LE(BigInt(bytes.length), 32)
    row.writeUInt32LE(link, 40)
    offset += padded(bytes).length
    return row
  })
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(3, 16)
  header.writeUInt16LE(62, 18)
  header.writeBigUInt64LE(BigInt(HEADER), 32)
  header.writeBigUInt64LE(BigInt(offset), 40)
  header.writeUInt16LE(1, 56)
  header.writeUInt16LE(rows.length, 60)
  header.writeUInt16LE(rows.length - 1, 62)
  header.writeBigUInt64LE(BigInt(offset), HEADER + 32)
  return Buffer.concat([header, ...sections.map(({ bytes }) => padded(bytes)), ...rows])
}

/** The two libraries of a CUDA provider. */
export const cudaLibraries = (version: string): Readonly<Record<string, Buffer>> => ({
  'libonnxruntime_providers_cuda.so': elf({
    exports: ['GetProvider'],
    needs: ['libcublas.so.13'],
    texts: ['Replay', version],
  }),
  'libonnxruntime_providers_shared.so': elf({ exports: ['Provider_SetHost', 'Provider_GetHost'] }),
})
