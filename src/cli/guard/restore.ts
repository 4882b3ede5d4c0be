import type { EventEmitter } from 'node:events'
import { stopping } from '../interrupt.ts'

/** What a program may change of the process that loads it, put back as it was. */

/** Objects that hebb itself relies on. What a program changes of others, such as Math.random, stays its own affair. */
const shared = (): readonly object[] => [
  globalThis,
  console,
  process,
  JSON,
  Reflect,
  Promise,
  Error,
  Object,
  Array,
  ...[Array, Object, String, Map, Set, Promise, Function, RegExp, Error, Uint8Array].map(
    ({ prototype }): object => prototype,
  ),
]

/** What may be added to objects and would then be used in place of what is inherited. */
const added = (): readonly (readonly [object, string])[] => [
  [Error, 'prepareStackTrace'],
  ...[process.stdout, process.stderr].flatMap((stream) =>
    ['write', '_write', 'on', 'once', 'emit'].map((name) => [stream, name] as const),
  ),
]

const events = [
  'exit',
  'beforeExit',
  'disconnect',
  'uncaughtException',
  'uncaughtExceptionMonitor',
  'unhandledRejection',
  ...stopping,
]

/** Whose listeners hebb relies on, and for what. */
const heard = (): readonly (readonly [EventEmitter, string])[] => [
  ...events.map((event) => [process, event] as const),
  ...[process.stdout, process.stderr].map((stream) => [stream, 'error'] as const),
]

const isSame = (one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean =>
  one === other ||
  (one !== undefined &&
    other !== undefined &&
    Object.is(one.value, other.value) &&
    one.get === other.get &&
    one.set === other.set)

function rememberProperties(): () => void {
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyDescriptors } = Object
  const { deleteProperty, ownKeys } = Reflect
  const known = shared().flatMap((target) => {
    const found = getOwnPropertyDescriptors(target)
    return ownKeys(found).map((name) => ({ target, name, was: getOwnPropertyDescriptor(target, name) }))
  })
  const perhaps = added().map(([target, name]) => ({
    target,
    name,
    was: getOwnPropertyDescriptor(target, name),
  }))
  return () => {
    for (const { target, name, was } of [...known, ...perhaps]) {
      const is = getOwnPropertyDescriptor(target, name)
      if (isSame(was, is) || is?.configurable === false) continue
      if (was) defineProperty(target, name, was)
      else deleteProperty(target, name)
    }
  }
}

function rememberListeners(): () => void {
  const before = heard().map(([target, event]) => ({ target, event, was: target.rawListeners(event) }))
  const { connected } = process
  return () => {
    for (const { target, event, was } of before) {
      const is = target.rawListeners(event)
      for (const listener of is)
        if (!was.includes(listener)) Reflect.apply(target.off.bind(target), target, [event, listener])
      for (const listener of was)
        if (!is.includes(listener)) Reflect.apply(target.on.bind(target), target, [event, listener])
    }
    // Nobody may have heard it: this process must not outlive the one that the user started.
    if (connected && !process.connected) process.emit('disconnect')
  }
}

/**
 * Remembers the working folder, the exit code, the listeners for the end of the process, and the global objects;
 * call the result to put them back.
 */
export function rememberProcess(): () => void {
  const folder = process.cwd()
  const { exitCode } = process
  const parts = [rememberProperties(), rememberListeners()]
  return () => {
    for (const restore of parts) restore()
    if (process.cwd() !== folder) process.chdir(folder)
    process.exitCode = exitCode
  }
}
