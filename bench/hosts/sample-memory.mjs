// Loaded into each process of a training whose memory is measured (`NODE_OPTIONS=--import`): says what it holds, every so often,
// after everything is collected that nobody needs.
import { appendFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setInterval } from 'node:timers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

const { HEBB_MEMORY_FILE: file, HEBB_MEMORY_SECONDS: seconds } = process.env
const command = process.argv.slice(1).find((word) => !basename(word).startsWith('hebb.'))

// The one that starts it with flags of its own does nothing else.
const isItself = command !== 'train' || process.execArgv.length > 0

if (isMainThread && file !== undefined && isItself && ['train', 'work', 'group'].includes(command)) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const sample = () => {
    collect()
    const { rss, heapUsed, external } = process.memoryUsage()
    appendFileSync(
      file,
      `${JSON.stringify({ command, pid: process.pid, time: Date.now() / 1000, rss, heapUsed, external })}\n`,
    )
  }
  setInterval(sample, 1000 * Number(seconds)).unref()
}
