import { setTimeout } from 'node:timers'
import type { Pieces } from './stored-pieces.ts'

/** Files that come from the server: what it sends is not asked for piece by piece, and some of it may never come. */

let last: Promise<unknown> = Promise.resolve()

/**
 * One file after the other comes to this process. The server sends up to 32 MB of each ahead, and ends the connection of a
 * client for which more than 64 MB wait.
 */
export function inTurn<T>(fetch: () => Promise<T>): Promise<T> {
  const mine = last.then(fetch)
  last = mine.catch(() => undefined)
  return mine
}

/** After so long without a piece, none comes any more: with the connection, the server has forgotten what it was sending. */
const STALLED_MS = 30_000

/** @throws Error (`TimeoutError`) where pieces no longer come */
export async function* arriving({ data }: Pick<Pieces, 'data'>): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const { done, value } = await inTime(data.next())
    if (done) return
    yield value
  }
}

function inTime<T>(piece: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error('a file of the server does not come any further')
      reject(Object.assign(error, { name: 'TimeoutError' }))
    }, STALLED_MS)
    piece.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}
