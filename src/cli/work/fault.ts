import { failureOf, type ChildEnd } from '../sweep/child.ts'

/** Whose fault it is that a run has ended: the run's own, which would fail anywhere, or that of this machine. */

const ofMachine = [
  /^hebb cannot start: /,
  /^(MemoryError|ProviderError|InstallError): /,
  /: the disk is full|disk quota is used up|an input\/output error|the disk is read-only|not enough memory/,
  /^ServerError: the NATS server at /,
  /too many files are open|the network disk /,
]

/** Undefined where the machine has no part in it. */
export function machineFault(end: ChildEnd): string | undefined {
  const failure = failureOf(end)
  if (failure === undefined) return undefined
  if (end.by !== null) return `${failure}: by somebody, or by the system, where memory ran out`
  return isOfMachine(failure) ? failure : undefined
}

export const isOfMachine = (message: string): boolean => ofMachine.some((each) => each.test(message))

/** Whether a run has stopped at a signal, with a checkpoint: it is as it should be. */
export const isStopped = ({ code, by }: ChildEnd): boolean => by === null && code !== null && code > 128
