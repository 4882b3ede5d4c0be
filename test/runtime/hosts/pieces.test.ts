import { expect, it } from 'vitest'
import { PIECE, staying } from '../../../runtime/hosts/pieces.ts'
import { stream } from '../../../runtime/values/random.ts'

/** As `RunUploads` sends a file that has grown. @returns what is on the server then, and bytes that were sent */
function sendOf(sent: readonly { readonly bytes: number }[], size: number) {
  const pieces = staying(sent)
  const there = () => pieces.reduce((sum, { bytes }) => sum + bytes, 0)
  const before = there()
  while (there() < size) pieces.push({ bytes: Math.min(PIECE, size - there()) })
  return { pieces, bytes: size - before }
}

it.each([
  ['little at each checkpoint', 20_000],
  ['much at each checkpoint', 3 * PIECE],
])('a file that grows by %s is sent about twice in all, in few pieces, however long it grows', (_, most) => {
  const random = stream(0, 'pieces', 0)
  const checkpoints = 3000
  let [sent, size]: [readonly { readonly bytes: number }[], number] = [[], 0]
  let all = 0
  for (let checkpoint = 0; checkpoint < checkpoints; checkpoint++) {
    size += 1 + random.integer(most)
    const { pieces, bytes } = sendOf(sent, size)
    expect(pieces.reduce((sum, piece) => sum + piece.bytes, 0)).toBe(size)
    sent = pieces
    all += bytes
  }
  expect(all).toBeLessThan(2 * size + (PIECE * checkpoints) / 20)
  expect(sent.length).toBeLessThan(size / PIECE + 30)
})
