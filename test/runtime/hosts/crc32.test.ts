import { expect, test } from 'vitest'
import { crc32, crc32OfLibrary } from '../../../runtime/hosts/layers/crc32.ts'

/** The check value of CRC-32/ISO-HDLC: https://reveng.sourceforge.io/crc-catalogue/17plus.htm */
const CHECK = 0xcbf43926

test('checksums are CRC-32, whoever computes them', () => {
  const bytes = new TextEncoder().encode('123456789')
  expect(crc32(bytes)).toBe(CHECK)
  expect(crc32OfLibrary(bytes)).toBe(CHECK)
})
