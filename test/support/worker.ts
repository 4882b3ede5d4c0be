import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { packaged } from '../cli/run-hebb.ts'
import { keepingTranslations } from './before-tests.ts'
import { endWithTests } from './started.ts'

/** `hebb work` in a process of its own, for tests. */

export interface RunningWorker {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Waits until it says something. */
  readonly says: (what: string | RegExp) => Promise<void>
}

/** Starts `hebb work`. */
/** @param env in place of the variables of this process */
export function startWorker(
  url: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', ...keepingTranslations() },
): RunningWorker {
  const child = endWithTests(
    spawn(process.execPath, [packaged, 'work', '--on', url, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()))
  const ended = once(child, 'exit').then((values) => {
    const [code, signal] = values as [number | null, NodeJS.Signals | null]
    return signal ?? code
  })
  return {
    ...{ child, ended, said: () => said },
    says: async (what) => {
      const isSaid = () => (typeof what === 'string' ? said.includes(what) : what.test(said))
      while (!isSaid()) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended before it said ${String(what)}: ${said}`)
        await setTimeout(50)
      }
    },
  }
}
