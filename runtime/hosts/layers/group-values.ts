import { storeOf, type FileStore } from '../files.ts'
import { fileBucket } from '../names.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'
import type { Files } from '../stores.ts'

/** Where values of groups lie in the store of their training: each group's by itself, by the step after which they are. */
export const valuesAfter = (store: Files, group: number, step: number): FileStore =>
  storeOf(store, `${group}/${step}`)

/** Files of a group, whoever has put them, and after which step they are; by their names. Of some it is only known that they were there. */
export const filesOfGroup = (
  { manager }: Server,
  { job, group }: { readonly job: string; readonly group: number },
  again: AgainOptions,
): Promise<Map<string, number>> =>
  untilAnswered(async () => {
    // A list of the store's own does not end where others write there meanwhile.
    const prefix = `$O.${fileBucket(job)}.M.`
    const filter = { subjects_filter: `${prefix}>` }
    const { state } = await manager.streams.info(`OBJ_${fileBucket(job)}`, filter)
    const names = Object.keys(state.subjects ?? {}).map((subject) =>
      Buffer.from(subject.slice(prefix.length), 'base64url').toString(),
    )
    return new Map(
      names.flatMap((name) => {
        const [owner, step, file] = name.split('/')
        return owner === String(group) && file !== undefined ? [[name, Number(step)] as const] : []
      }),
    )
  }, again)
