// One process that runs many command lines, one after the other: what bin/hebb.mjs does, without a start for each.
import '../../bin/streams.mjs'
import { Buffer } from 'node:buffer'
import { registerLoader } from '../../bin/loader.mjs'

await registerLoader()
const { run } = await import('../../src/cli/main.ts')

// Before a program can reach them, and before they ask whether one did.
const kill = process.kill.bind(process)
const home = process.cwd()
const [node, , executable] = process.argv

/** What is written to a stream meanwhile; call `stop` to have it written again. */
function listen(stream) {
  const heard = []
  stream.write = (text, ...more) => {
    heard.push(typeof text === 'string' ? text : Buffer.from(text).toString())
    for (const each of more) if (typeof each === 'function') each()
    return true
  }
  return {
    text: () => heard.join(''),
    stop: () => {
      delete stream.write
    },
  }
}

async function answer({ words, folder }) {
  process.chdir(folder)
  process.argv = [node, executable, ...words]
  process.exitCode = undefined
  const [out, err] = [process.stdout, process.stderr].map(listen)
  try {
    const code = await run(words)
    return { code, stdout: out.text(), stderr: err.text() }
  } finally {
    out.stop()
    err.stop()
    process.exitCode = undefined
    process.chdir(home)
  }
}

process.on('message', (command) => {
  answer(command).then(
    (ended) => process.send(ended),
    (error) => process.send({ code: -1, stdout: '', stderr: String(error?.stack ?? error) }),
  )
})
// A program that was loaded meanwhile may not end the process in any other way.
process.on('disconnect', () => kill(process.pid, 'SIGKILL'))
