import { isJson, tellEvent, type Level } from '../log.ts'
import { tell } from '../shown.ts'
import type { AgainOptions } from '../../../runtime/hosts/passing.ts'
import type { ImageRoot } from '../../../runtime/hosts/find-images.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { Server, ServerPlace } from '../../../runtime/hosts/server.ts'
import type { Bucket } from '../../../runtime/hosts/stores.ts'
import type { Provider } from '../../../runtime/session/options.ts'
import type { Bundles } from './bundles.ts'
import type { Presence } from './presence.ts'

/** A process that does what others publish, as all that it does knows it. */
export interface Worker {
  readonly id: string
  readonly server: Server
  /** Where that is, for processes of its own. */
  readonly reach: Pick<ServerPlace, 'url' | 'creds'>
  readonly records: Bucket
  readonly provider: Provider
  /** Milliseconds that work stays with it when nothing is heard of it. */
  readonly lease: number
  /** For what is made here, gone with the worker. */
  readonly folder: string
  readonly images: ImageRoot
  readonly bundles: Bundles
  readonly presence: Presence
  /** Aborted where it is to stop: what it does is then given back. */
  readonly stop: AbortSignal
  /** Aborted where there is no time left even for that. */
  readonly over: AbortSignal
  /** How it asks the server until that answers. */
  readonly again: AgainOptions
  /** What it does now, by the message that it was told by: the server may tell it again. */
  readonly inHand: Map<number, { readonly takeAgain: (taken: Taken) => void }>
}

/** Where in it something is done. */
export interface Slot {
  /** With the provider cuda, which of the GPUs. */
  readonly device: number | undefined
}

/** What became of a task that was taken. */
export type Outcome =
  | { readonly kind: 'done' | 'failed' | 'stopped' }
  /** Nothing was done: it is over already, another's, or not to be done here. */
  | { readonly kind: 'passed over' | 'lost' }
  /** This machine could not do it. */
  | { readonly kind: 'fault'; readonly why: string }

/** Says what happens, as a line or as an event. */
export function tellWork(level: Level, event: string, line: string, fields: object): void {
  if (isJson()) tellEvent(level, event, fields)
  else if (level === 'info') tell(line)
  else console.error(line)
}
