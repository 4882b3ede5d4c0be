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
  'uncaughtException',
  'uncaughtExceptionMonitor',
  'unhandledRejection',
  ...stopping,
] as const

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
  const before = events.map((event) => ({ event, listeners: process.rawListeners(event) }))
  return () => {
    for (const { event, listeners } of before)
      for (const listener of process.rawListeners(event))
        if (!listeners.includes(listener))
          Reflect.apply(process.off.bind(process), process, [event, listener])
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
