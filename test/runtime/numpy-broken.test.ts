import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import '../support/own-cache.ts'
import { damaged } from '../support/damage.ts'
import { bytesNpy, bytesOf, counting, labelsNpy, npy, npz } from '../support/npy.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Arrays and archives that are not what they say. */

const fileOf = (name: string, bytes: Uint8Array): string => {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, bytes)
  return path
}
const sound = bytesNpy([3, 2, 2], counting(12))
const change = (bytes: Uint8Array, at: number, ...values: number[]): Buffer => {
  const copy = Buffer.from(bytes)
  copy.set(values, at)
  return copy
}
const described = (header: string) => npy('', [], new Uint8Array(12), { header })

describe('an array is refused, with its path, that', () => {
  it.each<[string, Uint8Array, string]>([
    ['is empty', Buffer.alloc(0), 'is no NumPy array: byte 0 is not the beginning of one'],
    ['is cut short in its magic word', sound.subarray(0, 4), 'is no NumPy array: byte 0'],
    ['is cut short before its header', sound.subarray(0, 9), 'is cut short at byte 9, in its header'],
    ['is cut short in its header', sound.subarray(0, 60), 'its header has 118 bytes from byte 10 on'],
    [
      'is cut short in its values',
      sound.subarray(0, 130),
      'holds 130 bytes, and (3, 2, 2) values of 1 bytes need 140: it is cut short at byte 130',
    ],
    [
      'goes on behind its values',
      Buffer.concat([sound, Buffer.of(0)]),
      'need 140: something follows byte 140',
    ],
    ['begins with another word', change(sound, 0, 0x94), 'is no NumPy array: byte 0'],
    ['is of a version to come', change(sound, 6, 4), 'is of version 4 of the format (byte 6); 1 to 3 are'],
    [
      'announces a header of gigabytes',
      change(npy('|u1', [3, 2, 2], new Uint8Array(12), { version: 2 }), 8, 255, 255, 255, 127),
      'announces a header of 2147483647 bytes (byte 8)',
    ],
    [
      'announces more rows than any disk holds',
      described("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 1000000, 1)}"),
      'need 1000000000000128: it is cut short at byte 140',
    ],
    [
      'announces more than can be counted',
      described(`{'descr': '|u1', 'fortran_order': False, 'shape': (${'9'.repeat(30)}, 2, 2)}`),
      'has a shape that is too large',
    ],
    [
      'has a header of something else',
      described('{}'),
      'has a header from byte 10 on that does not describe',
    ],
    [
      'holds records',
      described("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}"),
      'does not describe plain numbers',
    ],
    ['holds objects', npy('|O', [3], Buffer.from('\x80\x04N.')), 'holds Python objects (a pickle)'],
    ['holds complex numbers', npy('<c8', [1, 1], new Uint8Array(8)), "holds values of type '<c8'"],
    ['holds dates', npy('<M8[ns]', [1, 1], new Uint8Array(8)), "holds values of type '<M8[ns]'"],
    [
      'is stored column by column',
      npy('|u1', [3, 2, 2], new Uint8Array(12), { fortran: true }),
      'is stored column by column (fortran_order)\n  Write it row by row: numpy.save(path, numpy.ascontiguous',
    ],
  ])('%s', async (_, bytes, told) => {
    const path = fileOf('x.npy', bytes)
    const message = await refusal(openDataset(path, 'train'))
    expect(message).toContain(`DataError: ${path}: `)
    expect(message).toContain(told)
  })
})

/** Changes a field in both headers of the first file of an archive. */
const inHeaders = (zip: Uint8Array, local: number, central: number, ...values: number[]): Buffer =>
  change(change(zip, local, ...values), zipDirectory(zip) + central, ...values)
const zipDirectory = (zip: Uint8Array): number => Buffer.from(zip).indexOf('PK\x01\x02', 0, 'latin1')

describe('an archive is refused, with its path, that', () => {
  const [stored, packed] = [npz({ x: sound }), npz({ x: sound }, { compress: true })]
  const shorter = async (bytes: number) => (await stored).subarray(0, (await stored).length - bytes)

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['is empty', () => Promise.resolve(Buffer.alloc(0)), 'set.npz: is a damaged zip archive'],
    ['has lost its end', () => shorter(10), 'set.npz: is a damaged zip archive'],
    ['has lost its directory', () => shorter(60), 'set.npz: is a damaged zip archive'],
    [
      'is encrypted',
      // What is encrypted is twelve bytes longer.
      async () => inHeaders(inHeaders(await stored, 6, 8, 9), 18, 20, 152),
      'is encrypted (at byte 0)\n  Write the archive again without a password.',
    ],
    [
      'is encrypted and packed',
      async () => inHeaders(await packed, 6, 8, 9),
      'set.npz, x.npy: is encrypted (at byte 0)',
    ],
    [
      'is packed in another way',
      async () => inHeaders(await packed, 8, 10, 12),
      'set.npz, x.npy: is a damaged zip archive: unsupported compression method: 12',
    ],
    [
      'announces more than it packs',
      async () => inHeaders(await packed, 22, 24, 0, 0, 0, 64),
      'set.npz, x.npy: announces 1073741824 bytes, more than its ',
    ],
    [
      'announces more than it holds',
      async () => inHeaders(await packed, 22, 24, 0, 1),
      'set.npz, x.npy: is a damaged zip archive: not enough bytes in the stream. expected 256. got only 140',
    ],
    [
      'has damaged packed values',
      async () => change(await packed, 60, 0xff, 0xff, 0xff),
      'set.npz, x.npy: is a damaged zip archive',
    ],
    [
      'has another checksum',
      async () => inHeaders(await packed, 14, 16, 1, 2, 3, 4),
      'set.npz, x.npy: is damaged: its checksum is another (at byte 0)',
    ],
    [
      'points beyond its end',
      async () => change(await stored, zipDirectory(await stored) + 42, 0, 255, 255, 0),
      'set.npz, x.npy: is a damaged zip archive',
    ],
    [
      'holds something else under the name of an array',
      () => npz({ x: Buffer.from('a pickle') }),
      'set.npz, x.npy: is no NumPy array',
    ],
  ])('%s', async (_, bytes, told) => {
    expect(await refusal(openDataset(fileOf('set.npz', await bytes()), 'train'))).toContain(told)
  })
})

it('an array of terabytes of zeros is read row by row', async () => {
  const path = fileOf('x.npy', npy('|u1', [2 ** 20, 2 ** 10, 2 ** 10], new Uint8Array(0)))
  truncateSync(path, 128 + 2 ** 40)
  const before = process.memoryUsage().rss
  const dataset = await openDataset(path, 'train')
  const row = new Uint8Array(2 ** 20)
  await dataset.read(Uint32Array.of(2 ** 20 - 1), row)
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
})

describe('whatever is changed,', () => {
  const arrays = {
    x_train: npy('<f8', [3, 1, 2], bytesOf(Float64Array.of(1, 2, 3, 4, 5, 6))),
    y_train: labelsNpy(0, 1, 1),
  }
  it.each([false, true])('an archive (packed: %s) is refused or read', async (compress) => {
    const whole = await npz(arrays, { compress })
    await fc.assert(
      fc.asyncProperty(damaged(whole), async ({ bytes }) => {
        try {
          const dataset = await openDataset(fileOf('set.npz', bytes), 'train')
          expect(await rowsOf(dataset)).toHaveLength(dataset.count * dataset.shape[2])
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      { numRuns: 200 },
    )
  })
})
