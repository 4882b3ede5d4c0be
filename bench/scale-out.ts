/**
 * Steps of shards on 2 to 16 hosts and on 8 GPUs, simulated: graphs take what they took on this machine in turn, or what the
 * compiler counts of them on a GPU, and links are as stated.
 *
 *     npx tsx bench/scale-out.ts
 *     npx tsx bench/scale-out.ts --print
 */
import { compile } from '../src/index.ts'
import { bytes } from '../src/cli/units.ts'
import { environment } from './environment.ts'
import { h100 } from './gpu/estimate.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand } from './options.ts'
import { describe, vgg6, type RuleName, type Shape, type Width } from './programs.ts'
import { publish } from './record.ts'
import { links } from './scaling/links.ts'
import { phasesOf } from './scaling/phases.ts'
import { estimated, placesOf } from './scaling/places.ts'
import { simulate, type Simulated } from './scaling/simulate.ts'
import { startAsTrain } from './start-as-train.ts'
import { showMilliseconds } from './units.ts'

const rules: readonly RuleName[] = ['clapp', 'clapp++', 'clapp++dfb', 'bp-clapp++', 'bp-infonce']
/** Images in two views: enough for sixteen hosts, and for a GPU. */
const [HOSTS_BATCH, GPU_BATCH] = [256, 1024]
const hosts = [1, 2, 4, 8, 16]
const GPUS = 8

const batched = (width: Width, batch: number): Shape => ({ ...vgg6('cifar10', width), batch })

const times = (alone: number, step: number): string => `${(alone / step).toFixed(1)}×`

/** @returns rows, one for each link; the first figure is of one host */
async function onHosts(rule: RuleName, threads: number): Promise<{ rows: string[][]; results: unknown }> {
  const described = describe(rule, batched('quarter', HOSTS_BATCH))
  const found: { count: number; at: Simulated[] }[] = []
  const both = [links.tenGigabit, links.hundredGigabit]
  for (const count of hosts) {
    const { section, seconds } = await phasesOf(described, count, threads)
    const places = placesOf(section, count, seconds)
    found.push({ count, at: both.map((link) => simulate(places, link)) })
  }
  const rows = both.map((link, i) => {
    const [alone, ...more] = found.map(({ at }) => at[i])
    const last = more.at(-1)
    if (!alone || !last) throw new Error('one host, and more')
    return [
      described.title,
      link.name,
      showMilliseconds(1000 * alone.step),
      ...more.map((each) => times(alone.step, each?.step ?? NaN)),
      bytes(last.crossing),
    ]
  })
  return { rows, results: { title: described.title, hosts: found } }
}

function onGpus(rule: RuleName, width: Width): { row: string[]; results: unknown } {
  const { title, program } = describe(rule, batched(width, GPU_BATCH))
  const sectionOf = (shards: number) => {
    const { train, sharded } = compile(program, {
      target: 'cuda',
      stepsPerRun: 1,
      ...(shards > 1 ? { shards } : {}),
    }).manifest
    return sharded ?? train
  }
  const [alone, all] = [1, GPUS].map((count) => {
    const section = sectionOf(count)
    return simulate(placesOf(section, count, estimated(section, h100)), links.bus)
  })
  if (!alone || !all) throw new Error('one GPU, and more')
  const row = [
    `${title}, ${width} width`,
    showMilliseconds(1000 * alone.step),
    showMilliseconds(1000 * all.step),
    showMilliseconds(1000 * all.computing),
    times(alone.step, all.step),
    bytes(all.crossing),
  ]
  return { row, results: { title, width, alone, all } }
}

const hostsHead = ['', 'link', '1 host', ...hosts.slice(1).map(String), 'crossing, 16 hosts']
const gpusHead = ['', '1 GPU', `${GPUS} GPUs`, 'in graphs', 'times as fast', 'crossing']

const command = benchmark('scale-out', 'Steps of shards on hosts and GPUs, simulated.').action(async () => {
  const { keep, ...settings } = parseSettings(command)
  const conditions = { threads: settings.threads, ompWait: '', allocator: 'own' } as const
  const apart = []
  for (const rule of rules) {
    apart.push(await onHosts(rule, settings.threads))
    console.error(
      apart
        .at(-1)
        ?.rows.map((row) => row.join('  '))
        .join('\n'),
    )
  }
  const devices = (['quarter', 'full'] as const).flatMap((width) => rules.map((rule) => onGpus(rule, width)))
  const told = { command: commandLine('scale-out'), environment: environment(conditions, []) }
  await publish(
    {
      ...told,
      section: 'hosts',
      results: apart.map(({ results }) => results),
      markdown: table(
        hostsHead,
        apart.flatMap(({ rows }) => rows),
      ),
    },
    keep,
  )
  await publish(
    {
      ...told,
      section: 'gpus',
      results: devices.map(({ results }) => results),
      markdown: table(
        gpusHead,
        devices.map(({ row }) => row),
      ),
    },
    keep,
  )
})

startAsTrain()
await runCommand(command)
