/**
 * A sweep on 10, 100 and 1,000 hosts, simulated: what a server does in a second is measured here, links and failures are as
 * stated, sizes are those of a recipe.
 *
 *     npx tsx bench/hosts/simulate.ts
 *     npx tsx bench/hosts/simulate.ts --print
 */
import { Command } from 'commander'
import { z } from 'zod'
import { compile } from '../../src/index.ts'
import { bytesOfShape } from '../../src/base/type.ts'
import { parseFlags, wholeNumber } from '../../src/cli/flags.ts'
import { bytes, duration } from '../../src/cli/units.ts'
import { environment } from '../environment.ts'
import { table } from '../markdown.ts'
import { commandLine, runCommand } from '../options.ts'
import { withFolder } from '../prepare.ts'
import { describe, vgg6 } from '../programs.ts'
import { publish } from '../record.ts'
import { measureServer, PIECE, type ServerRates } from './server-rates.ts'
import { simulate, type Hosts, type Server } from './simulation.ts'

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400]
const counts = [10, 100, 1000]
const runs = [10 * MINUTE, HOUR, DAY]
/** Assumptions: links of hosts and server, how often a host is lost and for how long, what it takes to start a run. */
const assumed = { link: 10e9 / 8, between: 100 * HOUR, away: 5 * MINUTE, start: 5, lease: 30 } as const
/** Of a cluster: each job's store is on one of them. */
const CLUSTER = 3
/** Small files that go with each checkpoint: metrics, probes, the record, the start. */
const SMALL_FILES = 4
/** Runs that a simulation goes through on each host. */
const LENGTH = 20

const everyOf = (run: number): number => Math.min(run / 10, 15 * MINUTE)

/** Bytes of a checkpoint and of a bundle of the paper's VGG-6, trained by CLAPP. */
function sizesOf(width: 'full' | 'quarter'): Pick<Hosts, 'checkpoint' | 'bundle'> {
  const { manifest, text, graph } = compile(describe('clapp', vgg6('cifar10', width)).program)
  const graphs = manifest.train.graphs
  const kept = new Map(
    graphs
      .flatMap(({ inputs }) => inputs)
      .filter(({ role }) => role === 'parameter' || role === 'state')
      .map(({ name, type, shape }) => [name, bytesOfShape(type, shape)]),
  )
  const sum = (sizes: Iterable<number>) => [...sizes].reduce((all, size) => all + size, 0)
  return {
    checkpoint: sum(kept.values()),
    bundle: text.length + sum(graphs.map((each) => graph(each).length)),
  }
}

const serverOf = (
  { messages, stored }: ServerRates,
  { checkpoint }: Pick<Hosts, 'checkpoint'>,
  servers: number,
): Server => ({
  bytes: servers * Math.min(stored, assumed.link),
  messages: {
    renewal: messages.renewal,
    checkpoint: (1 + SMALL_FILES) * messages.file + Math.ceil(checkpoint / PIECE) * messages.piece,
    take: SMALL_FILES * messages.file,
  },
})

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`

const flagSchema = z.object({ seed: wholeNumber(0).default(0), print: z.boolean().default(false) })

const command = new Command('npx tsx bench/hosts/simulate.ts')
  .description('Simulates a sweep on up to 1,000 hosts.')
  .option('--seed <number>', 'of failures (default: 0)')
  .option('--print', 'only print: leave docs/many-machines.md as it is')
  .action(async () => {
    const { seed, print } = parseFlags(command, flagSchema)
    const rates = await withFolder(measureServer)
    const results = []
    for (const width of ['quarter', 'full'] as const) {
      const sizes = sizesOf(width)
      for (const servers of [1, CLUSTER]) {
        const server = serverOf(rates, sizes, servers)
        for (const run of runs)
          for (const count of counts) {
            const hosts = { ...assumed, ...sizes, count, run, every: everyOf(run) }
            const found = simulate(hosts, server, LENGTH * run, seed)
            // What hosts that never wait would ask of it.
            const asked = count * ((sizes.checkpoint * (1 + run / hosts.every) + sizes.bundle) / run)
            results.push({
              width,
              servers,
              ...hosts,
              found,
              limit: Math.floor((count * server.bytes) / asked),
            })
          }
      }
    }
    const rows = results.map(({ width, servers, checkpoint, run, every, count, found, limit }) => [
      `${width} width, ${bytes(checkpoint)} a checkpoint`,
      ...[String(servers), duration(run), duration(every), String(count)],
      ...[percent(found.utilisation), percent(found.lost), percent(found.waiting)],
      ...[String(Math.round(found.messages)), (found.bytes / 1e6).toFixed(1), String(limit)],
    ])
    const head = [
      ...[
        '',
        'servers',
        'a run',
        'a checkpoint every',
        'hosts',
        'at work',
        'lost to failures',
        'starting and waiting',
      ],
      ...['messages/s', 'MB/s', 'full at so many hosts'],
    ]
    const told = `A server here, on these cores beside its client: ${Math.round(rates.reads)} records read a second, ${Math.round(rates.writes)} written; ${bytes(rates.stored)} stored a second and ${bytes(rates.given)} given out.`
    await publish(
      {
        section: 'hosts simulated',
        command: commandLine('hosts/simulate'),
        environment: environment({ threads: 1, ompWait: '', allocator: 'own' }, []),
        markdown: `${told}\n\n${table(head, rows)}`,
      },
      !print,
      'docs/many-machines.md',
    )
  })

await runCommand(command)
