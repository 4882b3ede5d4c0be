import { UserError } from '../../../src/base/error.ts'

interface Poisoned {
  readonly layer: string | undefined
  readonly name: string
  readonly step: number | undefined
  readonly host: string
  readonly problem: string
}

/** A message of activity that no layer may read: what is wrong with it, and who has sent it. */
export class PoisonedMessage extends UserError {
  constructor({ layer, name, step, host, problem }: Poisoned) {
    const of = layer === undefined ? '' : ` of '${layer}'`
    const at = step === undefined ? '' : ` at step ${step + 1}`
    super('ActivityError', `the activity '${name}'${of}${at} ${problem}: it came from ${host || 'nobody'}`, {
      help: 'Nothing was learned from it. Look for a division by zero, a log of zero or a learning rate that is too high in that layer, at that host, and at who may write on the server; the run goes on from its last checkpoint: --resume.',
    })
  }
}
