import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { writeImages } from '../../bench/torture/images.ts'
import { putBytes, storeOf } from '../../runtime/hosts/files.ts'
import { fileBucket, RECORD_BUCKET, WORK_STREAM, WORKER_BUCKET } from '../../runtime/hosts/names.ts'
import { openRuns, openWorkers, recordOfRun } from '../../runtime/hosts/run-records.ts'
import { connectServer, type Server } from '../../runtime/hosts/server.ts'
import { tasksThere } from '../../runtime/hosts/work.ts'
import { present } from '../../src/base/lists.ts'
import { readSweep } from '../../src/cli/sweep/record.ts'
import { lacksNats, startNats, type TestServer } from '../support/nats-server.ts'
import { sweptProgram } from '../support/swept-program.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'
import { hebb, newFolder, startHebb, write } from './run-hebb.ts'
import type { RunJob } from '../../runtime/hosts/run-job.ts'

/** A sweep on a server to which others may write as well, and remove what they like. */

describe.skipIf(lacksNats('a sweep among others'))('a sweep,', { timeout: 400_000 }, () => {
  let nats: TestServer
  let server: Server
  const folder = newFolder()
  const at = (...names: readonly string[]) => join(folder, ...names)
  const workers: RunningWorker[] = []

  const sweep = (out: string, seeds: number, ...more: readonly string[]) => [
    ...['sweep', 'mine.ts', '--data', 'few', '--out', out, '--steps', '6', '--threads', '1', '--no-report'],
    ...['--probe-epochs', '1', '--labels', '1', '--seeds', String(seeds), '--on', nats.url, ...more],
  ]
  const publish = async (out: string, seeds: number) => {
    const { code, stderr } = await hebb(sweep(out, seeds, '--no-watch'), folder)
    expect(code, stderr).toBe(0)
    return present(readSweep(at(out))?.server, 'the server of a sweep').job
  }
  const watch = (out: string) => hebb(['sweep', '--watch', '--out', out], folder)
  const withdraw = (out: string) => hebb(['sweep', '--withdraw', '--out', out], folder)
  const work = (...words: readonly string[]): RunningWorker => {
    const worker = startWorker(nats.url, ['--data', folder, '--lease', '2', ...words])
    workers.push(worker)
    return worker
  }
  const recordOf = (job: string, seed: number) => recordOfRun({ job, name: `mine_seed=${seed}` })
  const isFetched = (out: string, seed: number) => existsSync(at(out, `mine_seed=${seed}`, 'run.json'))

  beforeAll(async () => {
    await writeImages(at('few'))
    write(folder, 'mine.ts', sweptProgram)
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
  })
  afterEach(async () => {
    for (const { child, ended } of workers.splice(0)) {
      child.kill('SIGTERM')
      await ended
    }
  })
  afterAll(async () => {
    for (const { child } of workers) child.kill('SIGKILL')
    await server.close()
    await nats.remove()
  })

  describe('some of whose records somebody else has written,', () => {
    /** What a record is made, of a run that a worker has done. */
    const forgeries: Record<string, (run: RunJob) => object> = {
      'no record at all': () => ({ protocol: 2 }),
      'a path out of the folder': (run) => ({
        ...run,
        files: [{ path: '../../x', parts: run.bundle.files }],
      }),
      "another run's": (run) => ({ ...run, name: 'mine_seed=0', seed: 0 }),
      'of other flags than were published': (run) => ({ ...run, flags: { ...run.flags, '--workers': '2' } }),
      'of more files than any run has': (run) => ({
        ...run,
        files: run.files.flatMap((file) =>
          file.path === 'metrics.jsonl'
            ? [{ ...file, parts: Array<unknown>(5000).fill(file.parts[0]) }]
            : [file],
        ),
      }),
      'of files that are not there': (run) => ({
        ...run,
        files: run.files.map((file) => ({ ...file, parts: [{ sha256: '0'.repeat(64), bytes: 7 }] })),
      }),
    }
    const names = Object.keys(forgeries)

    test('has all others fetched; those are told by name, with what to do, and can be published again', async () => {
      const seeds = names.length + 1
      const job = await publish('forged', seeds)
      const worker = work('--idle-exit', '1')
      expect(await worker.ended, worker.said()).toBe(0)
      const [bucket, runs] = [await server.bucket(RECORD_BUCKET), await openRuns(server)]
      for (const [i, forge] of Object.values(forgeries).entries()) {
        const key = recordOf(job, i + 1)
        const { value } = present(await runs.get(key), key)
        await bucket.put(key, JSON.stringify(forge(value)))
      }
      await bucket.put(`${job}.stray`, 'of nobody')
      const { code, stderr } = await watch('forged')
      expect(code).toBe(1)
      expect(readdirSync(at('forged')).filter((name) => existsSync(at('forged', name, 'run.json')))).toEqual([
        'mine_seed=0',
      ])
      expect(existsSync(at('x'))).toBe(false)
      for (const i of names.keys()) expect(stderr).toContain(`mine_seed=${i + 1}: `)
      expect(stderr).toMatch(
        /^mine_seed=4: the record \S+ on the server is not the one that was published\n.*hebb sweep --withdraw --out forged removes it there/m,
      )
      expect(stderr).toMatch(
        /^mine_seed=5: ServerError: a record names more of metrics\.jsonl than its run can have$/m,
      )
      expect(stderr).toMatch(/^mine_seed=6: ServerError: the server does not have the file 0+ any more$/m)
      expect(stderr).toContain(`the record ${job}.stray on the server is of no run of this sweep`)

      // The command of the sweep publishes those that were only said to be done; others are removed first.
      const again = await hebb(sweep('forged', seeds, '--no-watch'), folder)
      expect(again.code).toBe(1)
      expect(again.stderr).toMatch(/^4 runs failed:$/m)
      expect((await runs.get(recordOf(job, 6)))?.value).toMatchObject({
        state: 'waiting',
        step: 0,
        files: [],
      })
      const gone = await withdraw('forged')
      expect(gone.stdout).toMatch(/^2 runs of forged taken from nats:/)
      expect(gone.stdout).toContain('5 records removed that others had written')
      work()
      const whole = await hebb(sweep('forged', seeds), folder)
      expect(whole.code, whole.stderr).toBe(0)
      for (let seed = 0; seed < seeds; seed++) expect(isFetched('forged', seed), String(seed)).toBe(true)
    })

    test('one that holds figures that cannot be read here is left there: a later version may have made it', async () => {
      const job = await publish('figures', 1)
      const worker = work('--once')
      expect(await worker.ended, worker.said()).toBe(0)
      const [key, runs] = [recordOf(job, 0), await openRuns(server)]
      const { value, revision } = present(await runs.get(key), key)
      const store = storeOf(await server.files(fileBucket(job)), key)
      const poison = await putBytes(store, Buffer.from('{"encoders": 7'))
      const files = value.files.map((file) =>
        file.path === 'probe.json' ? { ...file, parts: [poison] } : file,
      )
      await runs.write(key, revision, { ...value, files })
      const { code, stderr } = await watch('figures')
      expect(code).toBe(1)
      expect(stderr).toMatch(/^mine_seed=0: RunError: what \S+ calls mine_seed=0 cannot be read here: /m)
      expect(stderr).toContain(`nats kv del hebb-records ${key}`)
      expect(isFetched('figures', 0)).toBe(false)
      expect(present(await runs.get(key), key).value).toMatchObject({ state: 'done', files })
      await (await server.bucket('hebb-records')).purge(key)
      work()
      expect(await hebb(sweep('figures', 1), folder)).toMatchObject({ code: 0 })
    })

    test('a store that holds what is no file stops no other run', async () => {
      const job = await publish('store', 2)
      const worker = work('--idle-exit', '1')
      expect(await worker.ended, worker.said()).toBe(0)
      const runs = await openRuns(server)
      const { value } = present(await runs.get(recordOf(job, 0)), 'the first run')
      for (const { parts } of value.files)
        for (const { sha256 } of parts) {
          const name = Buffer.from(`${recordOf(job, 0)}/${sha256}`).toString('base64url')
          const padded = name.padEnd(Math.ceil(name.length / 4) * 4, '=')
          await server.stream.publish(`$O.${fileBucket(job)}.M.${padded}`, '{"chunks": -1}')
        }
      const { code, stderr } = await watch('store')
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^mine_seed=0: ServerError: the file \w+ of the server is not as it was put there/m,
      )
      expect(isFetched('store', 1)).toBe(true)
      await withdraw('store')
    })
  })

  describe('of which somebody removes', () => {
    const remove = (stream: string) => server.manager.streams.delete(stream)
    const wordsOf = (out: string) => [
      ...sweep(out, 2, '--no-watch').map((word) => (word === '6' ? '12000' : word)),
      ...['--checkpoint-every', '200'],
    ]
    /** While a worker makes a long one, and another one waits. */
    const begin = async (out: string) => {
      expect(await hebb(wordsOf(out), folder)).toMatchObject({ code: 0 })
      const job = present(readSweep(at(out))?.server, 'the server of a sweep').job
      const worker = work()
      const runs = await openRuns(server)
      const isBegun = async () =>
        [...(await runs.all(job)).values()].some(({ value }) => value.state === 'running' && value.step > 0)
      while (!(await isBegun())) await setTimeout(50)
      const watcher = startHebb(['sweep', '--watch', '--out', out], folder)
      let said = ''
      for (const stream of [watcher.child.stdout, watcher.child.stderr])
        stream?.on('data', (text) => (said += String(text)))
      const says = async (what: RegExp) => {
        while (!what.test(said)) await setTimeout(20)
      }
      await says(/by /)
      return { job, worker, watcher, says, said: () => said }
    }

    test('the queue: both say so, the watcher ends, and the command of the sweep has the rest made', async () => {
      const { job, worker, watcher } = await begin('no-queue')
      await remove(WORK_STREAM)
      const { code, stderr } = await watcher.ended
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^ServerError: the queue of work \(hebb-work\) is not on the server any more: no worker takes the run that waits\n/m,
      )
      expect(stderr).toContain(`hebb sweep mine.ts … --out no-queue --on ${nats.url}`)
      const runs = await openRuns(server)
      const made = async () => [...(await runs.all(job)).values()].find(({ value }) => value.worker !== null)
      const attempts = (await made())?.value.attempts
      expect(await hebb(wordsOf('no-queue'), folder)).toMatchObject({ code: 0 })
      expect(await tasksThere(server, 'cpu')).toBe(1)
      expect((await made())?.value.attempts).toBe(attempts)
      expect(worker.said()).not.toContain('Error')
      expect(await withdraw('no-queue')).toMatchObject({ code: 0 })
    })

    test('the queue, while a worker waits for work: it says so once, and goes on when there is one again', async () => {
      await publish('idle', 1)
      const worker = work('--jobs', '2')
      expect(await watch('idle')).toMatchObject({ code: 0 })
      await remove(WORK_STREAM)
      await worker.says('the queue of work (hebb-work) is not on the server any more')
      await publish('idle-again', 1)
      expect(await watch('idle-again')).toMatchObject({ code: 0 })
      expect(worker.said().match(/the queue of work/g)).toHaveLength(1)
    })

    test('the messages alone: what waits is put into the queue again', async () => {
      const job = await publish('purged', 1)
      await server.manager.streams.purge(WORK_STREAM)
      const { code, stderr } = await watch('purged')
      expect(code).toBe(1)
      expect(stderr).toMatch(/^ServerError: 1 message of the queue of work/m)
      // As of one whose worker was lost with the queue.
      const [key, runs] = [recordOf(job, 0), await openRuns(server)]
      const { value, revision } = present(await runs.get(key), key)
      await runs.write(key, revision, { ...value, state: 'running', sequence: 1, worker: 'nobody' })
      work()
      expect(await hebb(sweep('purged', 1), folder)).toMatchObject({ code: 0 })
      expect((await (await openRuns(server)).all(job)).size).toBe(0)
    })

    test('the list of workers: they put themselves down again, and nothing is lost', async () => {
      const { worker, watcher, says, said } = await begin('no-workers')
      await remove(`KV_${WORKER_BUCKET}`)
      await says(/the list of workers \(hebb-workers\) is not on the server any more/)
      await worker.says('the list of workers (hebb-workers) is not on the server any more: it is made again')
      while ((await (await openWorkers(server)).all()).size === 0) await setTimeout(50)
      await setTimeout(1500)
      expect(said()).not.toMatch(/lost|is gone/)
      watcher.child.kill('SIGINT')
      await watcher.ended
      await withdraw('no-workers')
    })

    test('the records: the worker leaves its run, the watcher says what is gone, and all is published again', async () => {
      const { worker, watcher } = await begin('no-records')
      await remove(`KV_${RECORD_BUCKET}`)
      const { code, stderr } = await watcher.ended
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^mine_seed=0, mine_seed=1: not on the server any more: somebody has removed it there; the command/m,
      )
      await worker.says(
        'its record cannot be read or written: the records (hebb-records) are not on the server any more',
      )
      await publish('no-records-again', 1)
      expect(await watch('no-records-again')).toMatchObject({ code: 0 })
    })

    test('the files: the run has failed, and is made from its beginning', async () => {
      const { job, watcher } = await begin('no-files')
      await remove(`OBJ_${fileBucket(job)}`)
      const { code, stderr } = await watcher.ended
      expect(code).toBe(1)
      expect(stderr).toContain('ServerError: the files of this job are not on the server any more')
      expect(await hebb(wordsOf('no-files'), folder)).toMatchObject({ code: 0 })
      const runs = await openRuns(server)
      const isBegun = async () => [...(await runs.all(job)).values()].some(({ value }) => value.step > 0)
      while (!(await isBegun())) await setTimeout(50)
      expect(await withdraw('no-files')).toMatchObject({ code: 0 })
    })
  })

  test('beside another one of the same program, is withdrawn alone', async () => {
    const [one, other] = [await publish('one', 1), await publish('other', 1)]
    expect(await withdraw('one')).toMatchObject({ code: 0 })
    const runs = await openRuns(server)
    expect([(await runs.all(one)).size, (await runs.all(other)).size]).toEqual([0, 1])
    work()
    const { code, stderr } = await watch('other')
    expect(code, stderr).toBe(0)
    expect(isFetched('other', 0)).toBe(true)
  })

  test('whose publishing is broken off says what is there; the rest is not told to have failed', async () => {
    const { child, ended } = startHebb(sweep('broken', 40, '--no-watch'), folder)
    const runs = await openRuns(server)
    const jobOf = () =>
      existsSync(at('broken/sweep.json')) ? readSweep(at('broken'))?.server?.job : undefined
    const count = async () => {
      const job = jobOf()
      return job === undefined ? 0 : (await runs.all(job)).size
    }
    while ((await count()) === 0) await setTimeout(5)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    const there = await count()
    expect({ code, stderr }).toMatchObject({ code: 130 })
    expect(stderr).toContain('Stopping when the run is there that is being published.')
    expect(stdout).toBe(
      `${there} of 40 runs on ${nats.url}; the same command publishes the others; hebb sweep --watch --out broken shows ${there === 1 ? 'it' : 'them'}, and fetches what is done\n`,
    )
    work('--jobs', '2')
    const watched = await watch('broken')
    expect(watched.code).toBe(1)
    expect(watched.stderr).not.toContain('failed')
    expect(watched.stderr).toContain(
      `${40 - there} runs of the sweep were never published: the command of the sweep publishes them: hebb sweep mine.ts … --out broken --on ${nats.url}`,
    )
    expect(readFileSync(at('broken/sweep.json'), 'utf8')).not.toContain('published')
  })
})
