import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A NATS server of a test's own. */

let found: boolean | undefined

function isInstalled(): boolean {
  try {
    execFileSync('nats-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether what needs a server has to be skipped here; says so once. */
export function lacksNats(what: string): boolean {
  found ??= isInstalled()
  if (!found)
    console.warn(`there is no nats-server: ${what} is not tested (Debian: apt-get install nats-server)`)
  return !found
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface TestServer {
  readonly url: string
  /** Where it keeps what it has. */
  readonly store: string
  /** Ends it at once, as kill -9 does. */
  readonly kill: () => Promise<void>
  /** Starts it again with what it has kept. */
  readonly start: () => Promise<void>
  /** Ends it, and removes its store. */
  readonly remove: () => Promise<void>
}

/** Starts a server with an empty store. @param flags further ones of nats-server's */
export async function startNats(...flags: readonly string[]): Promise<TestServer> {
  const store = mkdtempSync(join(tmpdir(), 'hebb-nats-'))
  const port = await freePort()
  let child: ChildProcess | undefined
  const start = async () => {
    const words = ['-js', '-sd', store, '-a', '127.0.0.1', '-p', String(port), ...flags]
    child = spawn('nats-server', words, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    for await (const piece of child.stderr ?? []) {
      said += String(piece)
      if (said.includes('Server is ready')) break
    }
    if (!said.includes('Server is ready')) throw new Error(`nats-server does not start: ${said}`)
    child.stderr?.resume()
  }
  const kill = async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  await start()
  return {
    ...{ url: `nats://127.0.0.1:${port}`, store, kill, start },
    remove: async () => {
      await kill()
      rmSync(store, { recursive: true, force: true })
    },
  }
}
