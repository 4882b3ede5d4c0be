import { DenoBuffer, Parser } from '@nats-io/nats-core/internal'
import { expect, it } from 'vitest'
import '../../../runtime/hosts/nats.ts'
import { stream } from '../../../runtime/values/random.ts'

const random = stream(0, 'gathering', 0)
const bytes = (count: number) => new Uint8Array(count).fill(random.integer(256))
const text = (words: string) => new TextEncoder().encode(words)

/** What a parser makes of bytes that come in pieces. */
function parsed(all: Uint8Array, most: number): Uint8Array[] {
  const messages: Uint8Array[] = []
  const parser = new Parser({
    push: (event) => {
      if ('data' in event) messages.push(new Uint8Array(event.data))
    },
  })
  for (let at = 0; at < all.length;) {
    const to = at + 1 + random.integer(most)
    // A piece of its own, as a socket gives it.
    parser.parse(all.slice(at, to))
    at = to
  }
  return messages
}

it('messages are what was sent, however they were cut on their way', () => {
  const sent = [0, 1, 100, 5000, 0, 70_000, 3].map(bytes)
  const all = Buffer.concat(
    sent.flatMap((data) => [text(`MSG a.b 1 ${data.length}\r\n`), data, text('\r\n')]),
  )
  for (const most of [1, 7, 300, 4096, 100_000])
    expect(Buffer.concat(parsed(all, most)).equals(Buffer.concat(sent)), String(most)).toBe(true)
})

it('a large one is gathered in a place that was set aside once', () => {
  const parser = new Parser({ push: () => undefined })
  parser.parse(text('MSG a 1 1000000\r\n'))
  for (let there = 0; there < 900_000; there += 60_000) {
    parser.parse(bytes(60_000))
    expect(parser.msgBuf?.capacity).toBeLessThan(1_100_000)
  }
})

it('what a server only says that it sends takes no memory', () => {
  const parser = new Parser({ push: () => undefined })
  parser.parse(text('MSG a 1 60000000\r\nabc'))
  expect(parser.msgBuf).toBeInstanceOf(DenoBuffer)
  expect(parser.msgBuf?.capacity).toBeLessThan(1000)
})
