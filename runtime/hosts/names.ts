/** What things are called on the server, and how long a lease is: the protocol that docs/many-machines.md describes. */

/** Of what is published and stored; what is of another version is told so, and left alone. */
export const PROTOCOL = 1

/** What is to be done, taken by one worker at a time and gone when it is acknowledged. */
export const WORK_STREAM = 'hebb-work'

/** Of work for workers of a provider, and the name of their consumer. */
export const workSubject = (provider: string): string => `hebb.work.${provider}`
export const workConsumer = (provider: string): string => `workers-${provider}`

/** One record a run or group of layers: what it is, who has it, how far it is. Whoever writes names the revision that it knows. */
export const RECORD_BUCKET = 'hebb-records'

/** Who is there: an entry a worker, which goes by itself where it is not renewed. */
export const WORKER_BUCKET = 'hebb-workers'

/** Bundles, checkpoints and reports of one job; gone with it. */
export const fileBucket = (job: string): string => `hebb-files-${job}`

/** Milliseconds that work stays with a worker from which nothing is heard. */
export const LEASE_MS = 30_000

/** How often a worker says that it is there. */
export const renewMs = (lease: number): number => lease / 3

/** Of a job of layers: what its groups say to each other, and to who asked for them; gone with it. */
export const layersStream = (job: string): string => `hebb-layers-${job}`
export const layersSubjects = (job: string): string => `hebb.layers.${job}.>`
/** Activity that one group made and another reads, and all that a group reads. */
export const activitySubject = (job: string, from: number, to: number): string =>
  `hebb.layers.${job}.activity.${from}.${to}`
export const activityFor = (job: string, to: number): string => `hebb.layers.${job}.activity.*.${to}`
/** How far groups may go; the last message is all that counts. */
export const ordersSubject = (job: string): string => `hebb.layers.${job}.orders`
/** What groups say of each step. */
export const resultsSubject = (job: string): string => `hebb.layers.${job}.results`
