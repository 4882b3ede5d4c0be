import { setTimeout } from 'node:timers/promises'
import { storeOf, type FileStore } from '../files.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import type { ObjectStore } from '@nats-io/obj'

/** Where values of groups lie in the store of their training: each group's by itself, by the step after which they are. */
export const valuesAfter = (store: ObjectStore, group: number, step: number): FileStore =>
  storeOf(store, `${group}/${step}`)

/** A list that a lost connection cuts off has no end. */
const LIST_MS = 20_000

/** Files of a group that are there, whoever has put them, and after which step they are; by their names. */
export const filesOfGroup = (
  store: ObjectStore,
  group: number,
  again: AgainOptions,
): Promise<Map<string, number>> =>
  untilAnswered(async () => {
    const late = setTimeout(LIST_MS, undefined, { ref: false }).then(() => {
      const error = new Error('the server has not listed all files in time')
      throw Object.assign(error, { name: 'TimeoutError' })
    })
    const all = await Promise.race([store.list(), late])
    return new Map(
      all.flatMap(({ name }) => {
        const [owner, step, file] = name.split('/')
        return owner === String(group) && file !== undefined ? [[name, Number(step)] as const] : []
      }),
    )
  }, again)
