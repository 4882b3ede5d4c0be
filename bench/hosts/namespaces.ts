import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, type HostsServer } from './nats-server.ts'
import { coreShares, makeShare, within } from './core-share.ts'
import { removeWithUs } from './remove-with-us.ts'

/**
 * Hosts on one machine: each a network namespace with an address of its own, joined by a bridge in one more namespace, where a
 * NATS server listens. Nothing is changed outside of them, and all are named by the process that makes them. For who may make
 * namespaces: root.
 */

const NETWORK = '10.77.0'
const PORT = 4222
const BRIDGE = 'bridge'
/** Of a host, to the bridge. */
const DEVICE = 'eth0'

const run = (program: string, words: readonly string[]): void => {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
}
const ip = (...words: readonly string[]): void => {
  run('ip', words)
}

export interface HostsOptions {
  /** For the server's store and configuration; must be there, and is left to whoever made it. */
  readonly folder: string
  /** Bytes of the server's disk; default: that of the folder. */
  readonly disk?: number
  /** Of a core's time, what each host has; default: all. */
  readonly share?: number
}

export interface Hosts {
  readonly url: string
  readonly server: HostsServer
  /** Words before a command, which have it run on a host (by its number from 0), on one core of the machine or on all. */
  readonly on: (host: number | 'hub', core?: number) => string[]
  /** Starts a command on a host, on one core of the machine or on all. */
  readonly start: (
    host: number | 'hub',
    core: number | undefined,
    words: readonly string[],
    log: 'inherit' | 'ignore',
  ) => ChildProcess
  /** Takes a host's cable out, and puts it in again. */
  readonly cut: (host: number) => void
  readonly mend: (host: number) => void
  /** What a host sends and is sent goes at a rate, as `tc` writes it (`2mbit`); none: as before. */
  readonly slow: (host: number, rate?: string) => void
  /** Ends what was started here, and removes the namespaces. */
  readonly remove: () => Promise<void>
}

/** Why there can be no hosts here; undefined where there can. */
export function lacksNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces are made by root'
  for (const [program, flag] of [
    ['ip', '-V'],
    ['tc', '-V'],
    ['taskset', '-V'],
    ['nats-server', '--version'],
  ] as const)
    try {
      run(program, [flag])
    } catch {
      return `there is no ${program} (Debian: apt-get install iproute2 util-linux nats-server)`
    }
  try {
    run('unshare', ['--net', 'true'])
  } catch {
    return 'no network namespace may be made here'
  }
  return undefined
}

let networks = 0

/** Makes the network, and starts a server with an empty store. */
export async function makeHosts(count: number, { folder, disk, share }: HostsOptions): Promise<Hosts> {
  const prefix = `hebb-${process.pid}-${networks++}`
  const nameOf = (host: number | 'hub') => `${prefix}-${host}`
  const hub = nameOf('hub')
  const store = join(folder, 'store')
  const numbers = Array.from({ length: count }, (_, host) => host)
  mkdirSync(store)
  const groups = share === undefined ? [] : numbers.map((host) => join(coreShares(), nameOf(host)))
  const remove = removeWithUs({ namespaces: [hub, ...numbers.map(nameOf)], mount: store, groups })
  try {
    if (disk !== undefined) run('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, hub, store])
    ip('netns', 'add', hub)
    ip('-n', hub, 'link', 'set', 'lo', 'up')
    ip('-n', hub, 'link', 'add', BRIDGE, 'type', 'bridge')
    ip('-n', hub, 'addr', 'add', `${NETWORK}.1/24`, 'dev', BRIDGE)
    ip('-n', hub, 'link', 'set', BRIDGE, 'up')
    for (const host of numbers) addHost(hub, nameOf(host), host)
    for (const group of groups) makeShare(group, Number(share))
    const config = join(folder, 'nats.conf')
    writeFileSync(config, configOf(store))
    const on = (host: number | 'hub', core?: number) => [
      ...['ip', 'netns', 'exec', nameOf(host)],
      ...(core === undefined ? [] : ['taskset', '-c', String(core)]),
    ]
    const server = await startServer([...on('hub'), 'nats-server', '-js', '-c', config], store)
    const started = new Set<ChildProcess>()
    return {
      url: `nats://${NETWORK}.1:${PORT}`,
      ...{ server, on },
      start: (host, core, words, log) => {
        const group = host === 'hub' ? undefined : groups[host]
        const shared = group === undefined ? [] : within(group)
        const [program = '', ...rest] = [...shared, ...on(host, core), ...words]
        const child = spawn(program, rest, { stdio: ['ignore', log, log] })
        started.add(child)
        child.once('exit', () => started.delete(child))
        return child
      },
      cut: (host) => {
        ip('-n', hub, 'link', 'set', portOf(host), 'down')
      },
      mend: (host) => {
        ip('-n', hub, 'link', 'set', portOf(host), 'up')
      },
      slow: (host, rate) => {
        for (const [name, device] of [
          [hub, portOf(host)],
          [nameOf(host), DEVICE],
        ] as const)
          run('tc', [
            '-n',
            name,
            'qdisc',
            ...(rate === undefined ? ['del'] : ['replace']),
            'dev',
            device,
            'root',
            ...bucketOf(rate),
          ])
      },
      remove: async () => {
        for (const child of [...started]) {
          child.kill('SIGTERM')
          await once(child, 'exit')
        }
        await server.kill()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

const bucketOf = (rate: string | undefined): string[] =>
  rate === undefined ? [] : ['tbf', 'rate', rate, 'burst', '64kb', 'latency', '400ms']

const portOf = (host: number): string => `host${host}`

function addHost(hub: string, name: string, host: number): void {
  ip('netns', 'add', name)
  ip('link', 'add', portOf(host), 'netns', hub, 'type', 'veth', 'peer', 'name', DEVICE, 'netns', name)
  ip('-n', hub, 'link', 'set', portOf(host), 'master', BRIDGE, 'up')
  ip('-n', name, 'addr', 'add', `${NETWORK}.${10 + host}/24`, 'dev', DEVICE)
  ip('-n', name, 'link', 'set', DEVICE, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
}

const configOf = (store: string): string => `
listen: "${NETWORK}.1:${PORT}"
jetstream { store_dir: ${JSON.stringify(store)}, max_memory_store: 1GB, max_file_store: 20GB }
`
