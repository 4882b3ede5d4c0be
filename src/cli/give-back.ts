import { onHolding } from '../base/held.ts'
import { goesOn, tellStopped } from './goes-on.ts'
import { endBy, isInterruptible, stopping, tellSignal, type Stopping } from './interrupt.ts'

/** Of work that heeds no signal itself: it ends at once, and leaves no lock behind that others would wait for. */

let holds = false
let paused = 0

function end(signal: Stopping): void {
  if (isInterruptible()) return
  const stopped = goesOn()
  tellSignal(signal, `stopped at once${stopped === undefined ? '' : `; ${stopped.how}`}`)
  tellStopped()
  endBy(signal)
}

function listen(): void {
  for (const signal of stopping) process.off(signal, end)
  if (holds && paused === 0) for (const signal of stopping) process.on(signal, end)
}

/** From now on, while this process holds anything, a signal that ends it gives that back first. */
export function giveBackAtSignals(): void {
  onHolding((isHolding) => {
    holds = isHolding
    listen()
  })
}

/** While a program of a user's runs, which may never let a signal be heard, signals end it as they end any process. */
export function letSignalsEnd(): () => void {
  paused++
  listen()
  return () => {
    paused--
    listen()
  }
}
