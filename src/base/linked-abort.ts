/** A controller that is aborted where one of several signals is, for as long as it is linked. */
export interface LinkedAbort {
  readonly controller: AbortController
  /** The signals, which may be there for long, forget it. With `AbortSignal.any`, they remember something of each. */
  readonly unlink: () => void
}

export function linkedAbort(signals: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController()
  const aborts = signals.map((signal) => {
    const abort = () => {
      controller.abort(signal.reason)
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    return { signal, abort }
  })
  const unlink = () => {
    for (const { signal, abort } of aborts) signal.removeEventListener('abort', abort)
  }
  return { controller, unlink }
}
