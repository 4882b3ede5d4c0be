import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../hebb.ts'
import { kill, markedEnvironment, newMark, residentMegabytes } from '../processes.ts'
import { answerSchema, READY, type Answer } from './messages.ts'

/** What a command came to in a process that outlives it, if it does. */
export interface Ran {
  /** Undefined where the process died, or was killed because it took too long or too much. */
  readonly answer: Answer | undefined
  /** How the process ended, where it did. */
  readonly death: string | undefined
  /** Both streams in one. */
  readonly output: string
}

/** A process is replaced when it has done so many: memory that onnxruntime keeps must not grow for ever. */
const LIFE = 300
/** By the clock, so that a busy machine is no reason: what hangs takes longer. */
const TAKES_TOO_LONG_MS = 60_000
const TAKES_TOO_MUCH_MB = 4000

/** A child process that runs commands one after the other, and is replaced when it dies. */
export class LongLived {
  private readonly outputPath: string
  private readonly mark = newMark()
  private child: ChildProcess | undefined
  private done = 0
  private read = 0

  constructor(folder: string) {
    this.outputPath = join(folder, `${this.mark}txt`)
  }

  async run(words: readonly string[]): Promise<Ran> {
    if (this.done >= LIFE) await this.close()
    const child = (this.child ??= await this.start())
    this.done++
    const ran = await this.ask(child, words)
    const text = readFileSync(this.outputPath)
    const output = text.subarray(this.read).toString()
    this.read = text.length
    if (ran.death !== undefined) this.child = undefined
    return { ...ran, output }
  }

  async close(): Promise<void> {
    const child = this.child
    this.child = undefined
    if (child?.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await gone
    }
    rmSync(this.outputPath, { force: true })
  }

  private async start(): Promise<ChildProcess> {
    const output = openSync(this.outputPath, 'w')
    ;[this.done, this.read] = [0, 0]
    const child = fork(join(import.meta.dirname, 'worker.ts'), {
      cwd: project,
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, NO_COLOR: '1', ...markedEnvironment(this.mark) },
      stdio: ['ignore', output, output, 'ipc'],
    })
    closeSync(output)
    const [first] = (await once(child, 'message')) as unknown[]
    if (first !== READY) throw new Error(`the process began with ${String(first)}`)
    return child
  }

  private ask(child: ChildProcess, words: readonly string[]): Promise<Omit<Ran, 'output'>> {
    return new Promise((resolve) => {
      const began = performance.now()
      let reason: string | undefined
      const watch = setInterval(() => {
        const pid = child.pid ?? NaN
        if (performance.now() - began > TAKES_TOO_LONG_MS) reason = `over ${TAKES_TOO_LONG_MS / 1000} s`
        else if (residentMegabytes(pid) > TAKES_TOO_MUCH_MB) reason = `over ${TAKES_TOO_MUCH_MB} MB`
        if (reason !== undefined) kill(pid)
      }, 100)
      const settle = (ran: Omit<Ran, 'output'>) => {
        clearInterval(watch)
        child.off('message', onMessage)
        child.off('exit', onExit)
        resolve(ran)
      }
      const onMessage = (message: unknown) => {
        settle({ answer: answerSchema.parse(message), death: undefined })
      }
      const onExit = (code: number | null, signal: string | null) => {
        const death = reason ?? `the process died with ${signal ?? `exit code ${String(code)}`}`
        settle({ answer: undefined, death })
      }
      child.on('message', onMessage)
      child.on('exit', onExit)
      child.send(words)
    })
  }
}
