import { expect, it } from 'vitest'
import { at } from '../../../src/base/lists.ts'
import { compile } from '../../../src/index.ts'
import { requirePlausible } from '../../../runtime/hosts/plausible.ts'
import { eventOfMetrics } from '../../../runtime/files/tensorboard/events.ts'
import { recordOf } from '../../../runtime/files/tensorboard/records.ts'
import { encodeEvent } from '../../../runtime/files/tensorboard/schema.ts'
import { tinyProgram } from '../../support/programs.ts'

const { manifest } = compile(tinyProgram())
const sha256 = 'a'.repeat(64)
const file = (path: string, bytes: number) => ({ path, parts: [{ sha256, bytes }] })
const steps = 10_000
const refused = /names more of '?metrics\.jsonl'? than its run can have/

/** A rule that logs so many numbers, and what a step of it writes. */
function logging(count: number) {
  const layer = 'conv1'
  const names = Array.from({ length: count }, (_, i) => `error_of_class_${i}`)
  const holds = names.map((log) => ({ name: `${layer}.${log}`, role: 'log' as const, layer, log }))
  const scalars = {
    name: 'scalars',
    role: 'scalars' as const,
    type: 'float32' as const,
    shape: [count],
    holds,
  }
  const graph = { ...at(manifest.train.graphs, 0), outputs: [scalars] }
  const line = {
    ...{ step: 9999, epoch: 1.123456789, rate: 0.000123456789, losses: { [layer]: 1.23456789 } },
    log: { [layer]: Object.fromEntries(names.map((name) => [name, 1.234567890123e-10])) },
    ...{
      imagesPerSecond: 1234.567,
      time: 1.7e9,
      milliseconds: 12.34,
      graphs: { [graph.name]: 1.23 },
      memory: 1e9,
    },
  }
  return {
    manifest: { ...manifest, train: { ...manifest.train, graphs: [graph] } },
    line: JSON.stringify(line).length + 1,
    event: recordOf(encodeEvent(eventOfMetrics(line, 0))).length,
  }
}

it.each([1, 1000])('a run has room for what a rule logs in each step: %s numbers', (count) => {
  const { manifest, line, event } = logging(count)
  const files = [
    file('metrics.jsonl', steps * line),
    file('events.out.tfevents.1234567890.hebb', steps * event),
  ]
  requirePlausible({ files, steps, flags: {} }, manifest)
  expect(() => {
    requirePlausible({ files: [...files, file('metrics.jsonl', 1)], steps, flags: {} }, manifest)
  }).toThrow(refused)
  expect(() => {
    requirePlausible(
      { files: [file('metrics.jsonl', 100 * steps * (line + 8192))], steps, flags: {} },
      manifest,
    )
  }).toThrow(refused)
})
