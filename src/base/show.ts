import { present } from './lists.ts'

/** How messages quote what a user gave: short, on one line, and without running code of the value's own. */

const LONGEST = 48

/** Characters that would move a terminal's cursor, hide, or reverse the text around them. */
const escaped = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u{${present(character.codePointAt(0), 'a character').toString(16)}}`,
  )

/** Text without quotes, such as the name of an option. */
export const shownText = (text: string): string =>
  escaped(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)

/** `'adam'`, `[1, 2]`, `the function relu`, `an object { loss }`, `a Promise`. */
export function shown(value: unknown): string {
  try {
    if (typeof value === 'string') return `'${shownText(value)}'`
    if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
    if (typeof value === 'bigint') return `${shownText(String(value))}n`
    if (typeof value !== 'object' || value === null) return String(value)
    return Array.isArray(value) ? shownList(value) : shownObject(value)
  } catch {
    return 'an object that cannot be read'
  }
}

function shownList(list: readonly unknown[]): string {
  const items = list.slice(0, 4).map((item) => (Array.isArray(item) ? '[…]' : shown(item)))
  return `[${[...items, ...(list.length > 4 ? [`… ${list.length} in all`] : [])].join(', ')}]`
}

function shownObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) {
    const maker: unknown = Reflect.get(prototype as object, 'constructor')
    if (typeof maker === 'function' && maker.name !== '') return `a ${shownText(maker.name)}`
  }
  const keys = Object.keys(value)
  const listed = keys.slice(0, 6).map(shownText).join(', ')
  return keys.length === 0 ? 'an object {}' : `an object { ${listed}${keys.length > 6 ? ', …' : ''} }`
}

/** A plain object; a list, a promise or a tensor is none. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
