// What a process says as JSON is JSON, whoever says it: libraries write to its streams, too, and so do those that it starts.
import { stripVTControlCharacters } from 'node:util'
import { eventLine } from './say.mjs'

function isEvent(line) {
  if (!line.startsWith('{')) return false
  try {
    const { time, level, event } = JSON.parse(line)
    return [time, level, event].every((each) => typeof each === 'string')
  } catch {
    return false
  }
}

/** Passes on what is read of one stream to another, line by line: events as they are, other text as events of this level. */
export function passOnAsJson(from, to, level) {
  let rest = ''
  const passOn = (line) => {
    const message = stripVTControlCharacters(line).trimEnd()
    if (isEvent(line)) to.write(`${line}\n`)
    else if (message !== '') to.write(`${eventLine(level, 'message', { message })}\n`)
  }
  from.setEncoding('utf8')
  from.on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    lines.forEach(passOn)
  })
  from.on('end', () => passOn(rest))
  // Where nobody reads any more, the other is to notice.
  to.on('error', () => from.destroy())
}
