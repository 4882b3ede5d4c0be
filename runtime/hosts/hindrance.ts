import type { WorkerEntry } from './run-job.ts'

interface Waiting {
  /** Of the workers that may take it. */
  readonly provider: string
  /** Names of the data sets that it is trained on. */
  readonly data: ReadonlySet<string>
  /** What waits. */
  readonly of: 'sweep' | 'training'
  /** The address of the server, without credentials. */
  readonly url: string
}

/** What keeps something waiting that nobody is about to change, as the workers say that are there; undefined where one may take it. */
export function hindranceOf(
  workers: readonly Pick<WorkerEntry, 'provider' | 'lacks'>[],
  { provider, data, of, url }: Waiting,
): string | undefined {
  const able = workers.filter((worker) => worker.provider === provider)
  if (able.length === 0)
    return `no worker for ${provider} is there: hebb work --on ${url} --provider ${provider} --data FOLDER, where the images are`
  const lacking = [...data].filter((name) => able.every(({ lacks }) => lacks.includes(name)))
  if (lacking.length === 0) return undefined
  return `no worker has ${lacking.join(', ')} with the images of this ${of}: put it below its --data`
}
