import { Parser } from '@nats-io/nats-core/internal'

/** No more is set aside on the word of a server alone: its messages are of 1 MB unless its operator says otherwise. */
const MOST_BYTES = 8 * 1024 * 1024

/**
 * Has the client set aside at once what a message needs that comes in several reads. By itself it makes room for it again and
 * again, 2.6 bytes for one, and all of that is garbage: a seventh of the time that activity of layers takes to be read.
 */
export function gatherAtOnce(): void {
  const { parse } = Parser.prototype // eslint-disable-line @typescript-eslint/unbound-method -- called with the parser below
  Parser.prototype.parse = function (bytes) {
    parse.call(this, bytes)
    const { msgBuf: gathered, ma: message } = this
    const missing = gathered ? message.size - gathered.length : 0
    if (missing > 0 && missing <= MOST_BYTES) gathered?.grow(missing)
  }
}
