import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { availableCores } from '../../src/base/cores.ts'
import { LEAST_STEPS } from '../../runtime/train/choose.ts'
import { readRecord } from '../../runtime/files/run-record.ts'
import { gatherRun } from '../../src/cli/report/gather.ts'
import { fashionMnist, hebb, hebbAlone, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

/** Who does the steps of a run: as it is said, or as it is measured. */

const folder = newFolder()
/** Several commands in turn. */
const minutes = { timeout: 300_000 }
const checkpoint = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'))
const record = (run: string) => readRecord(join(folder, run))
const shardsOf = (run: string) =>
  z
    .object({ sharded: z.object({ shards: z.number() }).optional() })
    .parse(JSON.parse(readFileSync(join(folder, run, 'bundle/manifest.json'), 'utf8'))).sharded?.shards
const train = (out: string, ...flags: readonly string[]) =>
  hebb(['train', 'mine.ts', '--data', fashionMnist, '--out', out, ...flags], folder)

beforeAll(() => {
  write(folder, 'mine.ts', tinyProgram())
})

describe('hebb train --parallel', () => {
  test(
    'shards and none come to the same bits on as many threads, and a run keeps its shards',
    minutes,
    async () => {
      await hebb(['compile', 'mine.ts', '--out', 'four', '--shards', '4', '--recompute'], folder)
      const four = ['train', 'four', '--data', fashionMnist, '--threads', '1']
      await hebb([...four, '--out', 'dealt', '--steps', '6', '--parallel', 'shards'], folder)
      expect(record('dealt')).toMatchObject({ parallel: 'shards', threads: 1 })
      await hebb([...four, '--out', 'turns', '--steps', '3', '--parallel', 'none'], folder)
      await hebb(['train', '--resume', '--out', 'turns', '--steps', '6'], folder)
      expect(record('turns')).toMatchObject({ parallel: 'none', threads: 1, shards: 4 })
      expect(checkpoint('turns').equals(checkpoint('dealt'))).toBe(true)
      await hebb(['train', '--resume', '--out', 'turns', '--parallel', 'shards'], folder)
      expect(record('turns')).toMatchObject({ parallel: 'shards', shards: 4 })
      const other = await hebb(
        ['train', '--resume', '--out', 'turns', '--steps', '8', '--parallel', 'threads'],
        folder,
      )
      expect(other.code).toBe(1)
      expect(other.stderr).toContain(
        'RunError: turns was started in shards of the batch, and cannot go on on whole batches\n' +
          '  A resumed run keeps that: leave --parallel out, give shards or none, or start a new run.',
      )
    },
  )

  test('compiles a program for as many shards as are asked for, or for some', minutes, async () => {
    await train('asked', '--steps', '1', '--parallel', 'shards', '--shards', '4')
    expect(shardsOf('asked')).toBe(4)
    await train('some', '--steps', '1', '--parallel', 'none')
    expect(20 % Number(shardsOf('some'))).toBe(0)
    await train('alone', '--steps', '1', '--shards', '4')
    expect(record('alone')).toMatchObject({ parallel: 'shards', shards: 4 })
  })

  test(
    'the page of a run says how its steps are done, so that its command comes to the same bits',
    minutes,
    async () => {
      await train('shown', '--steps', '3', '--shards', '4')
      const out = join(folder, 'shown')
      const { run } = await gatherRun(out, { threads: 1 })
      expect(run.command).toMatch(/ --parallel shards$/)
      expect((await hebb(run.command?.split(' ').slice(2) ?? [], folder)).code).toBe(0)
      expect(checkpoint('shown-again').equals(checkpoint('shown'))).toBe(true)
    },
  )

  test('shards of a bundle that has none are refused, with how to get some', minutes, async () => {
    await hebb(['compile', 'mine.ts', '--out', 'plain'], folder)
    const { code, stderr } = await hebb(
      ['train', 'plain', '--data', fashionMnist, '--out', 'x', '--parallel', 'shards'],
      folder,
    )
    expect(code).toBe(1)
    expect(stderr).toContain("ShardError: 'tiny' is not compiled for shards\n  Compile it so: hebb compile")
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })

  test('threads and pipeline are the same bits on as many threads, and need no shards', minutes, async () => {
    await train('threads', '--steps', '6', '--parallel', 'threads', '--threads', '1')
    await train('pipeline', '--steps', '6', '--parallel', 'pipeline', '--threads', '1')
    expect(record('pipeline').parallel).toBe('pipeline')
    expect(shardsOf('pipeline')).toBeUndefined()
    expect(checkpoint('pipeline').equals(checkpoint('threads'))).toBe(true)
  })

  test('hebb run takes it, too', minutes, async () => {
    const words = ['run', 'mine.ts', '--data', fashionMnist, '--out', 'ran', '--steps', '4']
    const judged = ['--probe-epochs', '1', '--labels', '2', '--no-report']
    const { code } = await hebb([...words, ...judged, '--parallel', 'shards', '--shards', '2'], folder)
    expect(code).toBe(0)
    expect(record('ran').parallel).toBe('shards')
    expect(shardsOf('ran')).toBe(2)
    const other = await hebb([...words, ...judged, '--shards', '4'], folder)
    expect(other.stderr).toContain('RunError: ran was begun with 2 shards, not 4\n  Leave --shards out')
  })
})

describe('of a run where nothing is said', () => {
  test('that is short, threads do the steps, as on every machine', async () => {
    const { stderr } = await train('short', '--steps', '5')
    expect(stderr).not.toContain('as with --parallel')
    expect(record('short').parallel).toBeUndefined()
    expect(shardsOf('short')).toBeUndefined()
  })

  test.runIf(availableCores() > 1)(
    'that is long, what takes least does them, as if it had been said; and goes on',
    minutes,
    async () => {
      const args = ['train', 'mine.ts', '--data', fashionMnist]
      const long = [...args, '--steps', String(1e4 * LEAST_STEPS), '--out', 'long']
      const { child, ended, until } = startHebb([...long, '--checkpoint-every', '20'], folder)
      await until(() => existsSync(join(folder, 'long/checkpoint.safetensors')))
      child.kill('SIGINT')
      const { stdout, stderr } = await ended
      const [, chosen] =
        /^a step takes [\d.]+ ms by threads, [\d.]+ ms by pipeline, [\d.]+ ms by shards: (\w+) it is, as with --parallel \1 \(measured in [\d.]+ s\)$/m.exec(
          stderr,
        ) ?? []
      const steps = ['--steps', String(Number(/^stopped after step (\d+)/m.exec(stdout)?.[1]) + 20)]
      expect(['threads', 'pipeline', 'shards']).toContain(chosen)
      const { parallel, threads } = record('long')
      expect(parallel).toBe(chosen)

      const resumed = await hebbAlone(['train', '--resume', '--out', 'long', ...steps], folder)
      expect(resumed.stderr).not.toContain('as with --parallel')
      const words = ['--parallel', String(chosen), '--threads', String(threads)]
      const shards = chosen === 'shards' ? ['--shards', String(shardsOf('long'))] : []
      await hebbAlone([...args, ...steps, '--out', 'said', ...words, ...shards], folder)
      expect(checkpoint('said').equals(checkpoint('long'))).toBe(true)
    },
  )
})
