import type { SessionOptions } from '../../../runtime/session/options.ts'

export interface GatherOptions extends SessionOptions {
  /** Where the images lie; undefined: where they did when the run was begun. */
  readonly data?: string | undefined
}
