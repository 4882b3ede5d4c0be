import type { HostTensor, TypedData } from '../values/tensor.ts'
import type { Share } from '../values/share.ts'
import type { ValueStore } from '../values/value-store.ts'

/** How who does a share of a section's work comes by what others make, and lets them have what is made here. */
export interface Exchange {
  /** A step begins with what others made of it, in another part of the section: those who need it of this one get it. */
  readonly begin: (given: ReadonlyMap<string, HostTensor>) => void
  /**
   * Waits for what the runs in a place of the schedule, from 0, need of others: new parts of parameters and states are put
   * into the store, activities are given by name, valid until the step ends.
   */
  readonly before: (place: number, store: ValueStore) => ReadonlyMap<string, HostTensor>
  /** Hears of each value that a run made, from element `from` on; copies it where others need it. */
  readonly give: (place: number, name: string, from: number, data: TypedData) => void
  /** The runs in this place are done. */
  readonly after: (place: number) => void
  /** All of them are: a step is over. What others count of it, and loss scales here depend on, is put into the store. */
  readonly end: (store: ValueStore) => void
}

/** Of a section whose work is divided: what is done here, and how to come by the rest. */
export interface Others {
  readonly share?: Share | undefined
  readonly exchange?: Exchange | undefined
}
