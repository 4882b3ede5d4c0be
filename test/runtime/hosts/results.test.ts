import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Attendance } from '../../../runtime/hosts/layers/attendance.ts'
import { Collected } from '../../../runtime/hosts/layers/collected.ts'
import { GivenOrders } from '../../../runtime/hosts/layers/given-orders.ts'
import { textOf } from '../../../runtime/hosts/layers/messages.ts'
import { Publisher } from '../../../runtime/hosts/layers/publisher.ts'
import { ToldSteps } from '../../../runtime/hosts/layers/told-steps.ts'
import { layersJobSchema } from '../../../runtime/hosts/layers-job.ts'
import {
  fileBucket,
  layersStream,
  layersSubjects,
  ordersSubject,
  RECORD_BUCKET,
  resultsSubject,
} from '../../../runtime/hosts/names.ts'
import { Records } from '../../../runtime/hosts/records.ts'
import { connectServer, type Server } from '../../../runtime/hosts/server.ts'
import { Inbox } from '../../../runtime/workers/parts/inbox.ts'
import { lacksNats, startNats, type TestServer } from '../../support/nats-server.ts'

/** What groups tell of their steps, as `hebb train` takes it in. */

describe('steps that were told of', () => {
  it('count once each, in whatever order they come', () => {
    const told = new ToldSteps(4)
    expect([3, 5, 4, 5, 4, 7, 6, 7, 8].map((step) => told.add(step))).toEqual([
      ...[false, true, true, false, false, true, true, false, true],
    ])
  })
})

describe.skipIf(lacksNats('what groups tell of their steps'))('results of steps', () => {
  const [GROUPS, STEPS] = [2, 6000]
  let nats: TestServer
  let server: Server
  beforeAll(async () => {
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
  })
  afterAll(async () => {
    await server.close()
    await nats.remove()
  })

  it.each([
    ['that have passed a place that groups can be gone on from', 1000],
    ['of a MiB', 1_000_000],
  ])(
    'and orders do not stay on the server until a checkpoint that is far: those %s',
    async (_which, every) => {
      const id = `far-${every}`
      await server.manager.streams.add({ name: layersStream(id), subjects: [layersSubjects(id)] })
      const fail = (error: unknown) => {
        throw error
      }
      const publisher = new Publisher(server, {})
      const inbox = new Inbox(GROUPS)
      const orders = new GivenOrders({ publisher, job: id, from: 0, onFailure: fail })
      const store = await server.makeFiles(fileBucket(id))
      const records = new Records(await server.bucket(RECORD_BUCKET), layersJobSchema)
      const collected = await Collected.open({
        ...{
          server,
          inbox,
          orders,
          attendance: new Attendance(GROUPS),
          groups: GROUPS,
          from: 0,
          again: {},
          fail,
        },
        job: { id, start: undefined, keys: [], records, store, every },
        onNotice: fail,
      })
      for (let step = 0; step < STEPS; step++) {
        orders.allow(step + 1)
        for (let group = 0; group < GROUPS; group++) {
          const told = { losses: { conv1: 1 }, log: { conv1: { positive: 0.5, negative: 0.25 } }, graphs: {} }
          const data = textOf({ kind: 'done', group, host: 'a host of a name as they are', step, ...told })
          await publisher.send({ subject: resultsSubject(id), data })
        }
      }
      expect(await inbox.step(STEPS - 1)).toMatchObject({ losses: { conv1: 1 } })
      const { state } = await server.manager.streams.info(layersStream(id), { subjects_filter: '>' })
      expect(state.last_seq).toBeGreaterThan(GROUPS * STEPS)
      expect(state.bytes).toBeLessThan(3 * 1024 ** 2)
      expect(state.subjects?.[resultsSubject(id)] ?? 0).toBeLessThan((GROUPS * STEPS) / 2)
      expect(state.subjects?.[ordersSubject(id)]).toBeLessThan(STEPS / 2)
      orders.stop()
      await collected.stop()
    },
  )
})
