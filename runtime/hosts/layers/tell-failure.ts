import { UserError } from '../../../src/base/error.ts'
import { resultsSubject } from '../names.ts'
import { textOf } from './messages.ts'
import { Publisher } from './publisher.ts'
import type { GroupOptions } from './group.ts'

/** For how long it is tried to tell a failure, in milliseconds: who is not told finds the group without a worker. */
const TELLING_MS = 60_000

/** Who asked for the training is told why it cannot go on. */
export async function tellFailure(
  { server, job: { job, group, worker } }: Pick<GroupOptions, 'server' | 'job'>,
  error: unknown,
) {
  const host = worker ?? 'an unknown host'
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const data = textOf({
    kind: 'failed',
    group,
    host,
    name: error instanceof UserError ? name : 'Error',
    message,
  })
  const last = new Publisher(server, { patience: TELLING_MS })
  // What it could not go on for is thrown in any case.
  await last.keep({ subject: resultsSubject(job), data }).catch(() => undefined)
}
