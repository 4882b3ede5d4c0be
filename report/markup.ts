/** Text that stands in a page as it is: what `markup` has made, and constants of ours such as the style. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Content = Markup | string | number | undefined | readonly Content[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * XML knows no control characters and no half surrogate pairs, not even escaped; overrides of the direction would turn
 * figures around that stand behind a name.
 */
const forbidden = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff\u202a-\u202e\u2066-\u2069]/gu

/** Text as it may stand in HTML and SVG, between tags and between quotes. */
export const escapeText = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] ?? character)

const show = (content: Content): string => {
  if (content === undefined) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escapeText(content)
  if (typeof content === 'number') return String(content)
  return content.map(show).join('')
}

/** Tag of template literals: the literal parts are markup, whatever is put in is escaped. */
export const markup = (literals: TemplateStringsArray, ...contents: readonly Content[]): Markup =>
  new Markup(literals.map((literal, index) => literal + show(contents[index])).join(''))
