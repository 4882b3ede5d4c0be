import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Hosts on one machine: each a network namespace with an address of its own, on a bridge where a NATS server listens. For who may
 * make namespaces: root.
 */

const BRIDGE = 'hebb-hosts'
const NETWORK = '10.77.0'
const PORT = 4222

const ip = (...words: readonly string[]): void => {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export interface Hosts {
  readonly url: string
  /** Starts a command on a host, by its number from 0, on one core of the machine. */
  readonly start: (
    host: number,
    core: number,
    words: readonly string[],
    log: 'inherit' | 'ignore',
  ) => ChildProcess
  readonly remove: () => Promise<void>
}

const nameOf = (host: number): string => `hebb-host-${host}`

function addHost(host: number): void {
  const [name, outside, inside] = [nameOf(host), `hebb-out-${host}`, `hebb-in-${host}`]
  ip('netns', 'add', name)
  ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside)
  ip('link', 'set', outside, 'master', BRIDGE, 'up')
  ip('link', 'set', inside, 'netns', name)
  ip('-n', name, 'addr', 'add', `${NETWORK}.${10 + host}/24`, 'dev', inside)
  ip('-n', name, 'link', 'set', inside, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
}

function removeAll(count: number): void {
  const quietly = (...words: readonly string[]) => {
    try {
      ip(...words)
    } catch {
      // It was not there.
    }
  }
  for (let host = 0; host < count; host++) quietly('netns', 'delete', nameOf(host))
  quietly('link', 'delete', BRIDGE)
}

/** Makes the network, and starts a server with an empty store. */
export async function makeHosts(count: number): Promise<Hosts> {
  removeAll(count)
  ip('link', 'add', BRIDGE, 'type', 'bridge')
  ip('addr', 'add', `${NETWORK}.1/24`, 'dev', BRIDGE)
  ip('link', 'set', BRIDGE, 'up')
  for (let host = 0; host < count; host++) addHost(host)
  const store = mkdtempSync(join(tmpdir(), 'hebb-hosts-'))
  const words = ['-js', '-sd', store, '-a', `${NETWORK}.1`, '-p', String(PORT)]
  const server = spawn('nats-server', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const piece of server.stderr) if (String(piece).includes('Server is ready')) break
  server.stderr.resume()
  const started = new Set<ChildProcess>()
  return {
    url: `nats://${NETWORK}.1:${PORT}`,
    start: (host, core, command, log) => {
      const within = ['netns', 'exec', nameOf(host), 'taskset', '-c', String(core), ...command]
      const child = spawn('ip', within, { stdio: ['ignore', log, log] })
      started.add(child)
      child.once('exit', () => started.delete(child))
      return child
    },
    remove: async () => {
      for (const child of [...started]) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      server.kill('SIGKILL')
      await once(server, 'exit')
      removeAll(count)
      rmSync(store, { recursive: true, force: true })
    },
  }
}
