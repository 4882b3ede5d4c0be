/**
 * What a run's file of events for TensorBoard costs: bytes and CPU time of a step of four layers, and the time to make the
 * file again of so many lines of metrics, as a resumed run does, beside the time to read those lines.
 *
 *     npx tsx bench/event-file.ts [lines, default 200000]
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metrics } from '../runtime/files/metrics-line.ts'
import { soundLines } from '../runtime/files/metrics.ts'
import { textOf } from '../runtime/files/step-lines.ts'
import { EventFile } from '../runtime/files/tensorboard/event-file.ts'
import { eventOfMetrics } from '../runtime/files/tensorboard/events.ts'
import { eventFilesIn } from '../runtime/files/tensorboard/own-files.ts'

const count = Number(process.argv[2] ?? 200_000)
const lineOf = (step: number): Metrics => ({
  ...{ step, epoch: step / 93, rate: 2e-4 / step, imagesPerSecond: 1500 + (step % 7) },
  losses: Object.fromEntries(['conv1', 'conv2', 'conv3', 'conv4'].map((name) => [name, 2 + 1 / step])),
  ...{ time: 1764396000 + step / 25, milliseconds: 41.337, memory: 427417856 },
})

const folder = mkdtempSync(join(tmpdir(), 'hebb-events-'))
const metrics = join(folder, 'metrics.jsonl')

function cpu(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

try {
  writeFileSync(metrics, Array.from({ length: count }, (_, i) => textOf(lineOf(i + 1))).join(''))
  const read = cpu(() => {
    for (const line of soundLines(metrics))
      if (line.step > count) throw new Error('more lines than were written')
  })
  const file = new EventFile(folder, () => [])
  const added = cpu(() => {
    for (let step = 1; step <= count; step++) file.add(eventOfMetrics(lineOf(step), 0))
    file.flush()
  })
  const remade = cpu(() => {
    new EventFile(folder, function* () {
      for (const line of soundLines(metrics)) yield eventOfMetrics(line, 0)
    })
  })
  // The one before stays, empty.
  const made = eventFilesIn(folder).at(-1) ?? ''
  const perMillion = (micros: number) => `${(micros / count).toFixed(1)} s`
  console.log(
    `a step: ${(statSync(made).size / count).toFixed(0)} bytes, ${(added / count).toFixed(1)} µs of CPU time`,
  )
  console.log(`its line of metrics: ${(statSync(metrics).size / count).toFixed(0)} bytes`)
  console.log(
    `a million steps again: ${perMillion(remade)}, of which to read the metrics ${perMillion(read)}`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
