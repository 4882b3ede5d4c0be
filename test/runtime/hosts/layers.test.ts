import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectServer, type Server } from '../../../runtime/hosts/server.ts'
import { activitySubject, layersStream, RECORD_BUCKET } from '../../../runtime/hosts/names.ts'
import { chunksOf } from '../../../runtime/hosts/layers/chunk.ts'
import { crossingsOf } from '../../../runtime/hosts/layers/crossing.ts'
import { layersJobSchema } from '../../../runtime/hosts/layers-job.ts'
import { Records } from '../../../runtime/hosts/records.ts'
import { divide } from '../../../runtime/workers/pipeline/groups.ts'
import { train, type Progress, type TrainOptions } from '../../../runtime/train/train.ts'
import { allocate, type HostTensor } from '../../../runtime/values/tensor.ts'
import { clappDirectFeedback } from '../../../rules/index.ts'
import { compile, local, type Bundle } from '../../../src/index.ts'
import { startWorkers, type LayersWorkers } from '../../support/layers-workers.ts'
import { bundleOfRule, layersProgram, left, writeImages } from '../../support/layers-program.ts'
import { lacksNats, startNats, type TestServer } from '../../support/nats-server.ts'
import { tinyEncoder, tinyPools } from '../../support/programs.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const settings = { steps: 12, seed: 1, threads: 1, checkpointEvery: 4, prepareAhead: 0, tensorboard: false }

describe.skipIf(lacksNats('layers on hosts'))('layers on hosts', { timeout: 150_000 }, () => {
  let nats: TestServer
  let server: Server
  let workers: LayersWorkers
  let data: string
  const failures: unknown[] = []
  beforeAll(async () => {
    nats = await startNats()
    data = writeImages(join(nats.store, '../', `${nats.store.split('/').at(-1) ?? ''}-images`))
    server = await connectServer({ url: nats.url, name: 'test' })
    workers = await startWorkers(nats.url, data, 3, (error) => failures.push(error))
  })
  afterAll(async () => {
    await workers.stop()
    await server.close()
    await nats.remove()
  })

  const onHosts = (groups: number) => ({ hosts: { url: nats.url, groups } })
  const given = (bundle: Bundle, change: Partial<TrainOptions> = {}): TrainOptions => {
    const out = join(temporaryFolder(), 'run')
    return { ...settings, bundle, data, out, onNotice: () => undefined, ...change }
  }
  const alone = async (bundle: Bundle) => {
    const options = given(bundle)
    await train(options)
    return left(options.out)
  }
  /** The records that trainings have left. */
  const records = async () => new Records(await server.bucket(RECORD_BUCKET), layersJobSchema)

  it.each([
    ['CLAPP++', 2],
    ['CLAPP++', 3],
    ['Forward-Forward', 3],
    ['SoftHebb', 2],
    ['Oja', 3],
    ['CLAPP++ in three factors', 2],
    ['BYOL', 2],
  ])('leave the bits and lines of one machine: %s in %i groups', async (name, groups) => {
    const bundle = bundleOfRule(name)
    const options = given(bundle, onHosts(groups))
    expect(await train(options)).toMatchObject({ step: 12, stopped: false })
    expect(left(options.out)).toEqual(await alone(bundle))
    expect((await (await records()).all()).size).toBe(0)
  })

  it('do not mind another training over the same server, of the same bundle, and a second one of their folder is refused', async () => {
    const bundle = bundleOfRule('CLAPP++')
    const [one, two] = [given(bundle, onHosts(2)), given(bundle, onHosts(2))]
    let second: Promise<unknown> | undefined
    const onProgress = () => {
      second ??= train({ ...one, resume: true }).catch((error: unknown) => String(error))
    }
    await Promise.all([train({ ...one, onProgress }), train(two)])
    const expected = await alone(bundle)
    expect([left(one.out), left(two.out)]).toEqual([expected, expected])
    expect(await second).toMatch(/is in use/)
    expect((await (await records()).all()).size).toBe(0)
  })

  it('go on where who asked for them was ended, to the same bits, on hosts or without', async () => {
    const bundle = bundleOfRule('CLAPP++')
    const expected = await alone(bundle)
    for (const again of [onHosts(2), {}]) {
      const options = given(bundle, onHosts(3))
      const onProgress = ({ step }: Progress) => {
        if (step === 6) throw new Error('killed')
      }
      await expect(train({ ...options, onProgress })).rejects.toThrow('killed')
      await train({ out: options.out, resume: true, threads: 1, onNotice: () => undefined, ...again })
      expect(left(options.out)).toEqual(expected)
    }
  })

  it('stop at a checkpoint that all have come to, and go on', async () => {
    const bundle = bundleOfRule('CLAPP++')
    const stop = new AbortController()
    const options = given(bundle, { ...onHosts(3), signal: stop.signal, checkpointEvery: 100 })
    const onProgress = ({ step }: Progress) => {
      if (step === 2) stop.abort()
    }
    const { step, stopped } = await train({ ...options, onProgress })
    expect(stopped && step >= 2 && step < 12).toBe(stopped)
    await train({ out: options.out, resume: true, onNotice: () => undefined })
    expect(left(options.out)).toEqual(await alone(bundle))
  })

  it('are looked at as a run of one machine is', async () => {
    const bundle = bundleOfRule('CLAPP++')
    const options = given(bundle, { ...onHosts(2), probeEvery: 1, validation: 0.25 })
    const { probe } = await train(options)
    const same = given(bundle, { probeEvery: 1, validation: 0.25 })
    expect(probe?.layers).toEqual((await train(same)).probe?.layers)
    expect(left(options.out)).toEqual(left(same.out))
  })

  it('are refused where layers read activity from above, before anything is published', async () => {
    const learn = local(clappDirectFeedback(tinyPools))
    const bundle = compile(layersProgram(learn, tinyEncoder(), ['a', 'b']))
    const options = given(bundle, { hosts: { url: 'nats://127.0.0.1:1', groups: 2 } })
    await expect(train(options)).rejects.toThrow(/layers cannot work on different batches/)
    expect(existsSync(options.out)).toBe(false)
  })

  it('are asked for without workers and devices of this process', async () => {
    const options = given(bundleOfRule('CLAPP++'), { ...onHosts(2), workers: 2 })
    await expect(train(options)).rejects.toThrow(/hosts are given with parallel, workers or devices/)
  })

  describe('where a message is not what it should be', () => {
    const bundle = () => bundleOfRule('CLAPP++')
    /** Trains, and sends something of step 16 on the way from the first group to the second as soon as they have begun. */
    const with_ = async (change: (tensor: HostTensor) => HostTensor, digest?: string) => {
      const compiled = bundle()
      const sections = divide(compiled.manifest.train, new Map(), 3)
      const [, [crossing] = []] = crossingsOf(sections)
      if (!crossing) throw new Error('nothing crosses')
      const poisoned = change(allocate(crossing.type, crossing.shape))
      let sent = false
      const onMetrics = async () => {
        if (sent) return
        sent = true
        const all = [...(await (await records()).all()).values()]
        const job = all[0]?.value.job ?? ''
        const sender = { step: 15, bundle: digest ?? compiled.digest, host: 'a stranger', size: 1 << 16 }
        for (const { headers, data } of chunksOf(crossing.name, poisoned, sender)) {
          const all = server.headers()
          for (const [name, value] of Object.entries(headers)) all.set(name, value)
          await server.stream.publish(activitySubject(job, 0, 1), data, { headers: all })
        }
        expect((await server.manager.streams.info(layersStream(job))).config.discard).toBe('new')
      }
      await train(given(compiled, { ...onHosts(3), steps: 400, onMetrics }))
    }

    it('says which layer, step and host: NaN', async () => {
      const poison = (tensor: HostTensor) => ({
        ...tensor,
        data: new Float32Array(tensor.data.length).fill(NaN),
      })
      await expect(with_(poison)).rejects.toThrow(
        /^the activity '.*' of 'conv1' at step 16 holds NaN at element 0 of .*: it came from a stranger/,
      )
    })

    it('says which layer, step and host: another shape', async () => {
      const poison = ({ type }: HostTensor) => allocate(type, [1, 2, 3])
      await expect(with_(poison)).rejects.toThrow(/at step 16 is float32\[1,2,3\], not float32\[/)
    })

    it('says which layer, step and host: another bundle', async () => {
      await expect(with_((tensor) => tensor, '0'.repeat(64))).rejects.toThrow(/is of another bundle/)
    })

    it('does not mind one that is there twice', async () => {
      const compiled = bundle()
      const options = given(compiled, { ...onHosts(3), onMetrics: () => repeat() })
      const repeat = async () => {
        const { value } = [...(await (await records()).all()).values()][0] ?? {}
        const stream = layersStream(value?.job ?? '')
        const { state } = await server.manager.streams.info(stream)
        for (const seq of [state.first_seq, state.last_seq]) {
          const message = await server.manager.streams.getMessage(stream, { seq })
          if (!message?.subject.includes('.activity.')) continue
          const headers = server.headers()
          for (const name of message.header.keys())
            if (!name.startsWith('Nats-')) headers.set(name, message.header.get(name))
          await server.stream.publish(message.subject, message.data, { headers })
        }
      }
      await train(options)
      expect(left(options.out)).toEqual(await alone(compiled))
    })
  })

  it('stop where a rule comes to what is no number, and it is said whose', async () => {
    const options = given(bundleOfRule('CLAPP++', 1e30), { ...onHosts(3), steps: 40 })
    await expect(train(options)).rejects.toThrow(/'conv[123]'[^]*host-[012]/)
  })

  it('go on where the server is ended and started again with what it kept', async () => {
    const bundle = bundleOfRule('CLAPP++')
    const options = given(bundle, { ...onHosts(3), steps: 60, checkpointEvery: 20 })
    let ended = false
    const onProgress = async ({ step }: Progress) => {
      if (step !== 15 || ended) return
      ended = true
      await nats.kill()
      await nats.start()
    }
    await train({ ...options, onProgress })
    const same = given(bundle, { steps: 60, checkpointEvery: 20 })
    await train(same)
    expect(left(options.out)).toEqual(left(same.out))
  })
})
