import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { isAlive, living } from './living.ts'
import { packaged, newFolder, write } from './run-hebb.ts'

/** What stands for npm, and for the shell that it starts and hebb in it; each waits for the other. */
const shells = {
  'the shell': '"$0" "$@"; exit $?',
  npm: `npm_command=exec sh -c '"$0" "$@"; exit $?' "$0" "$@"; exit $?`,
} as const

/** Starts hebb as npm does; then ends the outer shell, which tells hebb nothing. */
async function afterTheEndOf(ended: keyof typeof shells, command: string, npm: string) {
  const folder = newFolder()
  write(folder, 'mine.ts', living)
  const words = [command, 'mine.ts', '--data', folder, '--out', 'run']
  const shell = spawn('sh', ['-c', shells[ended], process.execPath, packaged, ...words], {
    cwd: folder,
    env: { ...process.env, npm_command: ended === 'npm' ? undefined : npm },
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
    test.for([
      ['train', 'the shell', 'exec'],
      ['sweep', 'the shell', 'run-script'],
      ['sweep', 'the shell', 'run'], // of npm 11
      ['train', 'npm', 'exec'],
    ] as const)('hebb %s stops after the end of %s (npm_command=%s)', async ([command, ended, npm]) => {
      const { pid, said } = await afterTheEndOf(ended, command, npm)
      while (isAlive(pid)) await setTimeout(20)
      expect(said()).toContain('npm, which started hebb, has ended: it stops as at SIGTERM\n')
    })
  },
)
