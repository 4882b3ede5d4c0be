import { describe, expect, test } from 'vitest'
import { changeArchive } from '../../bench/torture/inputs/archive.ts'
import { changeBytes } from '../../bench/torture/inputs/bytes.ts'
import { torture } from '../../bench/torture/inputs/inputs.ts'
import { changeJson } from '../../bench/torture/inputs/json.ts'
import { changeSafetensors, joined } from '../../bench/torture/inputs/safetensors.ts'
import { targets } from '../../bench/torture/inputs/targets.ts'
import { stream } from '../../runtime/values/random.ts'
import { gzipSync } from 'node:zlib'
import { briefly } from './briefly.ts'

const linux = process.platform === 'linux'

test.runIf(linux)(
  'a damaged file is refused in words, or nothing in it told of the damage, or it meant nothing',
  async () => {
    const { violations, counts } = await torture(briefly(50))
    expect(violations).toEqual([])
    // Both must have happened, or nothing was tried.
    expect(counts).toMatchObject({
      refused: expect.any(Number) as number,
      'same result': expect.any(Number) as number,
    })
  },
  240_000,
)

describe('a change', () => {
  const text = JSON.stringify({ a: { b: [1, 2, 3], c: 'text' }, d: 4, e: null })
  const tensors = {
    __metadata__: { step: '5' },
    one: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
    two: { dtype: 'U8', shape: [2], data_offsets: [2, 4] },
  }
  const bytes = new TextEncoder().encode(text)
  const kinds = {
    bytes: (number: number) => changeBytes(bytes, stream(0, 'bytes', number)),
    JSON: (number: number) => changeJson(text, stream(0, 'json', number)),
    gzip: (number: number) => changeArchive(gzipSync(bytes), stream(0, 'gzip', number)),
    safetensors: (number: number) =>
      changeSafetensors(
        joined(JSON.stringify(tensors), Uint8Array.of(1, 2, 3, 4)),
        stream(0, 'tensors', number),
      ),
  }

  test.each(Object.entries(kinds))('of %s depends on its number alone, and says what it was', (_, change) => {
    const changes = Array.from({ length: 200 }, (_, number) => change(number))
    expect(changes.map(({ told }) => told)).not.toContain('')
    expect(new Set(changes.map(({ told }) => told)).size).toBeGreaterThan(20)
    expect(change(31)).toEqual(changes[31])
  })
})

test('all hundred of a hundred cases have a target', () => {
  expect(targets.reduce((sum, { share }) => sum + share, 0)).toBe(100)
})
