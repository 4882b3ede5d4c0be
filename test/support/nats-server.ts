import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type HostsServer } from '../../bench/hosts/nats-server.ts'
import { afterTests } from './started.ts'

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

export interface TestServer extends HostsServer {
  readonly url: string
  /** Ends it, and removes its store. */
  readonly remove: () => Promise<void>
}

/** Starts a server with an empty store. @param flags further ones of nats-server's */
export async function startNats(...flags: readonly string[]): Promise<TestServer> {
  const store = mkdtempSync(join(tmpdir(), 'hebb-nats-'))
  const port = await freePort()
  const words = ['-js', '-sd', store, '-a', '127.0.0.1', '-p', String(port), ...flags]
  const server = await startServer(['nats-server', ...words], store)
  const remove = async () => {
    await server.kill()
    rmSync(store, { recursive: true, force: true })
  }
  const forget = afterTests(remove)
  return {
    ...server,
    url: `nats://127.0.0.1:${port}`,
    remove: async () => {
      forget()
      await remove()
    },
  }
}
