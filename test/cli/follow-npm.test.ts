import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { executable, newFolder, write } from './run-hebb.ts'

/** Lives until it is told to end, and says which process it is. */
const living = 'console.log(process.pid); await new Promise(() => setInterval(() => {}, 1000))'

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Starts hebb as npm does, by a shell that waits for it; then ends the shell, which tells hebb nothing. */
async function afterTheShell(command: string, npm: string) {
  const folder = newFolder()
  write(folder, 'mine.ts', living)
  const words = [command, 'mine.ts', '--data', folder, '--out', 'run']
  const shell = spawn('sh', ['-c', '"$0" "$@"; exit $?', process.execPath, executable, ...words], {
    cwd: folder,
    env: { ...process.env, npm_command: npm },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  shell.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const [text] = (await once(shell.stdout, 'data')) as [Buffer]
  shell.kill('SIGTERM')
  await once(shell, 'exit')
  return { pid: Number(text), said: () => said }
}

describe.runIf(process.platform === 'linux')(
  'where npm started hebb, and has ended',
  { concurrent: true },
  () => {
    // One that has an outer process, and one that has none.
    test.for(['train', 'sweep'])('hebb %s stops, too', async (command) => {
      const { pid, said } = await afterTheShell(command, 'exec')
      while (isAlive(pid)) await setTimeout(20)
      expect(said()).toContain('npm, which started hebb, has ended: it stops as at SIGTERM\n')
    })
  },
)
