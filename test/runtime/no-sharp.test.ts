import { expect, it, vi } from 'vitest'
import { imageDecoder } from '../../runtime/data/images/decoder.ts'

vi.mock('sharp', () => {
  throw new Error('Could not load the "sharp" module using the linux-riscv64 runtime\nPossible solutions: …')
})

it('where sharp is not for this system, it is said what to install, and that the rest works', async () => {
  await expect(imageDecoder()).rejects.toMatchObject({
    name: 'DataError',
    message: expect.stringMatching(
      /images cannot be decoded here, since sharp does not load: .*\n.*npm install --include=optional sharp/,
    ) as string,
  })
})
