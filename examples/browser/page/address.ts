/** What the page's address may say to begin with: `?rule=bp-clapp%2B%2B&seed=3&threads=1&looks=0`. */

const names = ['rule', 'seed', 'threads', 'looks'] as const
type Name = (typeof names)[number]

const given = new URL(location.href).searchParams
const wrong: string[] = [...given.keys()]
  .filter((name) => !names.some((known) => known === name))
  .map((name) => `“${name}” (it may have ${listed(names)})`)

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ')
}

/** Hands on what the address says of this name, if anything; what is not taken is kept, to be told. */
export function fromAddress(
  name: Name,
  may: string | readonly string[],
  take: (text: string) => boolean,
): void {
  const text = given.get(name)
  if (text !== null && !take(text))
    wrong.push(`${name} “${text}” (${typeof may === 'string' ? may : listed(may)})`)
}

/** What of the address means nothing, in a sentence; empty where all of it does. */
export const wrongInAddress = (): string =>
  wrong.length === 0 ? '' : `Of the page’s address, this is left out: ${wrong.join('; ')}.`
