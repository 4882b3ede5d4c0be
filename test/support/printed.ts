/** How what a command prints is compared with what a document shows. */

/** Spaces and rules of tables stretch with the numbers between them, and lines end alike. */
const calm = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').replace(/─+/g, '─').trim())
    .join('\n')
    .trim()

const times = /\d[\d.]* (ms|s|min)\b|\d+ images\/s/g
const decimal = /-?\d+\.\d+/g

/** A tenth of the number, and of 1 where it is smaller: machines round otherwise, and training carries it on. */
const isNear = (number: number, shown: number): boolean =>
  Math.abs(number - shown) <= 0.1 * Math.max(1, Math.abs(shown))

/** The text with decimals that are near those shown, and in the same places, written as they are shown. */
function asShown(text: string, shown: string): string {
  const wanted = [...shown.matchAll(decimal)].map(([number]) => number)
  let place = 0
  return text.replace(decimal, (number) => {
    const other = wanted[place++]
    return other !== undefined && isNear(Number(number), Number(other)) ? other : number
  })
}

/** Whether the text has all parts, one after the other, the first at its start and the last at its end. */
function hasParts(text: string, parts: readonly string[]): boolean {
  let place = 0
  for (const [i, part] of parts.entries()) {
    const found = i === parts.length - 1 ? text.lastIndexOf(part) : text.indexOf(part, place)
    if (found < place || (i === 0 && found > 0)) return false
    place = found + part.length
  }
  return place === text.length
}

/**
 * Both texts made ready for `toBe`: they are the same where the document is right.
 *
 * @param near whether decimals may differ by a tenth, and times by anything
 */
export function comparable(printed: string, shown: string, near: boolean): [printed: string, shown: string] {
  const ready = (text: string) => (near ? calm(text).replace(times, 'TIME') : calm(text))
  const [first, second] = [ready(printed), ready(shown)]
  const parts = second.split(/^…$/m).map((part) => part.trim())
  if (parts.length > 1) return [hasParts(first, parts) ? second : first, second]
  return [near ? asShown(first, second) : first, second]
}
