import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A NATS server that is ended and started again. */
export interface HostsServer {
  /** Where it keeps what it has. */
  readonly store: string
  /** Ends it at once, as kill -9 does. */
  readonly kill: () => Promise<void>
  /** Shuts it down in order, as its operator does. */
  readonly stop: () => Promise<void>
  /** Starts it again, with what it has kept. */
  readonly start: () => Promise<void>
  /** What it has said since it was started last. */
  readonly said: () => string
  /** Of its process. */
  readonly pid: () => number | undefined
}

const READY = 'Server is ready'

/** @param words the command that starts it */
export async function startServer(words: readonly string[], store: string): Promise<HostsServer> {
  const [program = '', ...rest] = words
  let child: ChildProcess | undefined
  let said = ''
  const start = async () => {
    said = ''
    const started = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    await new Promise<void>((resolve, reject) => {
      // It is listened to for as long as it lives: with nobody there, it would end at its next word.
      started.stderr.on('data', (piece) => {
        said += String(piece)
        if (said.includes(READY)) resolve()
      })
      const fail = () => {
        reject(new Error(`nats-server does not start: ${said}`))
      }
      started.once('error', reject)
      started.once('exit', fail)
    })
  }
  const endBy = async (signal: NodeJS.Signals) => {
    if (child?.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  await start()
  return {
    store,
    kill: () => endBy('SIGKILL'),
    stop: () => endBy('SIGTERM'),
    start,
    said: () => said,
    pid: () => child?.pid,
  }
}

/** One of this machine alone, which keeps what it has below a folder. @param url where it listens */
export async function startServerHere(folder: string, url: string): Promise<HostsServer> {
  const [store, config] = [join(folder, 'store'), join(folder, 'nats.conf')]
  mkdirSync(store)
  const { host } = new URL(url)
  writeFileSync(config, `listen: "${host}"\njetstream { store_dir: ${JSON.stringify(store)} }\n`)
  return startServer(['nats-server', '-c', config], store)
}
