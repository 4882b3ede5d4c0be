import { appendFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatherRows } from '../../runtime/batches/rows.ts'
import { roomFor, rowSize, type RowShape, type ValueType } from '../../runtime/data/dataset.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { sourceOf } from '../../runtime/data/stored/source-of.ts'
import type { Order, Piece } from '../../runtime/data/stored/piece.ts'
import { readStored } from '../../runtime/data/stored/stored-rows.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { cifarRecords, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Rows are read where they lie, as if all were in memory. */

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

/** Where value i of a row, [channels, height, width], lies among those stored. */
const placeOf = (i: number, [channels, height, width]: RowShape, order: Order): number => {
  const [channel, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
  if (order === 'planes') return i
  return order === 'columns' ? (channel * width + x) * height + y : (y * width + x) * channels + channel
}

const small = fc.integer({ min: 1, max: 4 })
const aPiece = fc.record({
  rows: fc.nat(4),
  before: fc.nat(5),
  between: fc.nat(3),
  isFile: fc.boolean(),
  isContinued: fc.boolean(),
})
const layouts = fc.record({
  shape: fc.tuple(small, small, small),
  type: fc.constantFrom<ValueType>('uint8', 'float32'),
  order: fc.constantFrom<Order>('planes', 'columns', 'pixels'),
  pieces: fc.array(aPiece, { minLength: 1, maxLength: 5 }).filter((all) => all.some(({ rows }) => rows > 0)),
  seed: fc.nat(255),
})

type Layout = typeof layouts extends fc.Arbitrary<infer Value> ? Value : never

/** Rows laid out in pieces, each in a file, in memory, or behind the piece before it; and the same rows, plain. */
function laidOut({ shape, type, order, pieces, seed }: Layout) {
  const folder = temporaryFolder()
  const valueBytes = type === 'uint8' ? 1 : 4
  const size = rowSize({ shape })
  const plain: Buffer[] = []
  const sources: { bytes: Buffer; isFile: boolean; pieces: Omit<Piece, 'source'>[] }[] = []
  for (const { rows, before, between, isFile, isContinued } of pieces) {
    const last = sources.at(-1)
    const into = isContinued && last ? last : { bytes: Buffer.alloc(0), isFile, pieces: [] }
    if (into !== last) sources.push(into)
    const stride = size * valueBytes + between
    const at = into.bytes.length + before
    const bytes = Buffer.alloc(before + rows * stride, 0xee)
    for (let row = 0; row < rows; row++) {
      const planes = Buffer.from(
        Array.from({ length: size * valueBytes }, (_, i) => (seed + plain.length * 41 + i * 7) % 256),
      )
      plain.push(planes)
      for (let i = 0; i < size; i++)
        planes.copy(
          bytes,
          before + row * stride + placeOf(i, shape, order) * valueBytes,
          i * valueBytes,
          (i + 1) * valueBytes,
        )
    }
    into.bytes = Buffer.concat([into.bytes, bytes])
    into.pieces.push({ count: rows, at, stride })
  }
  const all = sources.flatMap(({ bytes, isFile, pieces: found }, number): Piece[] => {
    const path = join(folder, String(number))
    writeFileSync(path, bytes)
    const source = isFile ? sourceOf(path) : Uint8Array.from(bytes)
    return found.map((piece) => ({ ...piece, source }))
  })
  return { stored: { pieces: all, shape, type, order }, plain }
}

describe('stored rows', () => {
  it('are those of memory: in any order, again, over pieces of files and memory, however they lie', () => {
    fc.assert(
      fc.property(layouts, fc.array(fc.nat(100), { maxLength: 12 }), (layout, any) => {
        const { stored, plain } = laidOut(layout)
        const indices = Uint32Array.from(any, (row) => row % plain.length)
        const into = roomFor(stored, indices.length)
        readStored(stored, indices, into)
        const wanted = Buffer.concat([...indices].map((row) => plain[row] ?? Buffer.alloc(0)))
        expect(bytesOf(into).equals(wanted)).toBe(true)
        expect(() => {
          readStored(stored, Uint32Array.of(plain.length), roomFor(stored, 1))
        }).toThrow(RangeError)
      }),
      { numRuns: 150 },
    )
  })

  it('of several files are read across them: the five batches of CIFAR-10', async () => {
    const names = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5']
    const files = Object.fromEntries(
      names.map((name, batch) => [
        `${name}.bin`,
        cifarRecords(Array.from({ length: batch + 1 }, () => [batch])),
      ]),
    )
    const dataset = await openDataset(writeFiles(temporaryFolder(), files), 'train')
    const all = await rowsOf(dataset)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(14), { maxLength: 20 }), async (rows) => {
        const { data } = await gatherRows(dataset, Uint32Array.from(rows))
        const wanted = rows.map((row) => Buffer.from(all.slice(row * 3072, (row + 1) * 3072)))
        expect(Buffer.compare(data as Uint8Array, Buffer.concat(wanted))).toBe(0)
        expect(rows.map((row) => dataset.labels?.[row])).toEqual(
          rows.map((row) => Math.floor((Math.sqrt(8 * row + 1) - 1) / 2)),
        )
      }),
      { numRuns: 30 },
    )
  })
})

describe('a file that is changed after it was opened is noticed when rows are read:', () => {
  const opened = async () => {
    const folder = writeFiles(temporaryFolder(), { 'test_batch.bin': cifarRecords([[1], [2]]) })
    const path = join(folder, 'test_batch.bin')
    const dataset = await openDataset(folder, 'test')
    return { path, read: () => refusal(Promise.resolve().then(() => rowsOf(dataset))) }
  }

  it.each<[string, (path: string) => void, string]>([
    [
      'longer',
      (path) => {
        appendFileSync(path, cifarRecords([[3]]))
      },
      'was changed since it was opened',
    ],
    [
      'cut short',
      (path) => {
        writeFileSync(path, cifarRecords([[1]]))
      },
      'was changed since it was opened',
    ],
    [
      'written again, as long as before',
      (path) => {
        const { atime, mtimeMs } = statSync(path)
        writeFileSync(path, cifarRecords([[3], [4]]))
        utimesSync(path, atime, new Date(mtimeMs + 5000))
      },
      'was changed since it was opened',
    ],
    [
      'removed',
      (path) => {
        rmSync(path)
      },
      'no such file',
    ],
  ])('%s', async (_, change, told) => {
    const { path, read } = await opened()
    change(path)
    const message = await read()
    expect(message).toContain(path)
    expect(message).toContain(told)
  })
})
