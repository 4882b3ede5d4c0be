import { InvalidArgumentError } from 'commander'
import { z } from 'zod'

/** What a sweep varies, as words of a command line. */

const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

/**
 * Numbers as JavaScript writes them, so that 1e-4 and 0.0001 are one value; all else as it is. Runs are given the text itself:
 * nobody knows yet whether their option is a number, or text such as 1.0.
 */
export function canonical(text: string): string {
  if (text.includes(',')) return text.split(',').map(canonical).join(',')
  const parts = text.split('/').map((part) => part.trim())
  if (parts.length > 2 || !parts.every((part) => DECIMAL.test(part))) return text
  return String(parts.map(Number).reduce((above, below) => above / below))
}

/** At commas, but for those in brackets: `[32,64]` is one value, a list. */
const valuesIn = (text: string): string[] =>
  (text.match(/\[[^\]]*\]|[^,]+/g) ?? []).map((value) => {
    const list = /^\[(.*)\]$/.exec(value)
    return list ? (list[1] ?? '') : value
  })

export type Over = Readonly<Record<string, readonly string[]>>

/** One more of `--over lr=1e-4,2e-4`. */
export function addAxis(text: string, before: Over = {}): Over {
  const { name, values } = /^(?<name>[^=]+)=(?<values>.+)$/su.exec(text)?.groups ?? {}
  if (name === undefined || values === undefined)
    throw new InvalidArgumentError('It must be name=value,value, such as lr=1e-4,2e-4.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`'${name}' is varied twice.`)
  const different = new Map<string, string>()
  for (const value of valuesIn(values))
    if (!different.has(canonical(value))) different.set(canonical(value), value)
  return { ...before, [name]: [...different.values()] }
}

const SEEDS = 'must be a number of seeds (5), a range (0..4) or a list (0,3,7)'
const whole = /^\d{1,15}$/
/** More runs than anybody waits for. */
const MOST_SEEDS = 100_000

/** `5`: from 0 to 4; `3..6`; `0,3,7`, of which a single one is written with a comma, too: `7,`. */
export const seedList = z.string().transform((text, context): readonly number[] => {
  const fail = () => {
    context.addIssue(SEEDS)
    return z.NEVER
  }
  const range = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text)
  if (whole.test(text)) return count(0, Number(text)) ?? fail()
  if (range) return count(Number(range[1]), Number(range[2]) + 1) ?? fail()
  const listed = text.replace(/,$/, '').split(',')
  if (!text.includes(',') || !listed.every((each) => whole.test(each))) return fail()
  return [...new Set(listed.map(Number))]
})

const count = (from: number, to: number): readonly number[] | undefined =>
  to > from && to - from <= MOST_SEEDS ? Array.from({ length: to - from }, (_, i) => from + i) : undefined
