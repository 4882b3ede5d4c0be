import type { MessagePort } from 'node:worker_threads'
import type { SessionOptions } from '../../session/options.ts'
import type { Start } from '../../values/start.ts'
import type { Logs } from '../../train/logs.ts'
import type { HostTensor, TypedData } from '../../values/tensor.ts'
import type { Dealt } from '../shards/deal.ts'
import type { ExchangePlan } from '../shards/shared-exchange.ts'
import type { Manifest } from '../../../src/bundle/manifest.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** What the workers of a pipeline and the main thread say to each other. */

/** What a worker starts with. */
export interface PartPlan {
  readonly manifest: Pick<Manifest, 'program' | 'train'>
  readonly section: Section
  /** The graphs of the section, by name. */
  readonly graphs: ReadonlyMap<string, Uint8Array>
  /** Each part takes the values that it keeps: they are told to no thread. */
  readonly start: Start
  readonly session: SessionOptions
  /** Where several do the runs of the section: what is done here. */
  readonly shares?: SharesPlan | undefined
  /** Where steps come from, and where they go when they are done here. */
  readonly from: MessagePort
  readonly to: MessagePort | undefined
}

/** A worker's share of a section, and how it comes by the rest. */
export interface SharesPlan extends ExchangePlan {
  readonly dealt: Dealt
}

/** A parameter or state, or a part of it. */
export interface SavedPart {
  /** Of the whole. */
  readonly type: HostTensor['type']
  readonly shape: readonly number[]
  /** The number of the first element of `data`. */
  readonly from: number
  readonly data: TypedData
}

/** To a part: do this step, or tell all values as they are now; passed on to the next part. */
export type Order =
  | { readonly kind: 'step'; readonly step: number; readonly inputs: Readonly<Record<string, HostTensor>> }
  | { readonly kind: 'save'; readonly step: number }

/** What a part says of a step. */
export interface PartDone {
  readonly losses: Readonly<Record<string, number>>
  /** By layer and name. */
  readonly log: Logs
  /** Milliseconds of each of its graphs. */
  readonly graphs: Readonly<Record<string, number>>
}

/** From a part to the main thread. */
export type Answer =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'done'; readonly step: number } & PartDone)
  /** One of the values after so many steps, or a part of it; then that these were all. */
  | { readonly kind: 'value'; readonly step: number; readonly name: string; readonly part: SavedPart }
  | { readonly kind: 'saved'; readonly step: number }
