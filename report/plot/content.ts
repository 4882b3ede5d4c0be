import { Markup, escapeText, markup } from '../markup.ts'

/** What of a document's nodes is read here; the compiler's types know no browser. */
interface DrawnNode {
  readonly nodeType: number
  readonly localName?: string
  readonly textContent: string
  readonly attributes?: Iterable<{ readonly name: string; readonly value: string }>
  readonly childNodes: Iterable<DrawnNode>
}

const ELEMENT = 1
const TEXT = 3
/** Plot's own style, which names a class of its own. */
const LEFT_OUT = new Set(['style'])
/** Words for the parts of a drawing; the whole has a label in words of ours. */
const UNSAID = new Set(['aria-label', 'aria-hidden', 'aria-description'])

const isNode = (value: unknown): value is DrawnNode =>
  typeof value === 'object' && value !== null && 'nodeType' in value && 'childNodes' in value

/** A hundredth of a pixel is enough, and keeps pages small. */
const rounded = (value: string): string =>
  value.replace(/-?\d*\.\d+(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100))

const attributesOf = ({ attributes = [] }: DrawnNode): readonly Markup[] =>
  [...attributes]
    .filter(({ name }) => !UNSAID.has(name))
    .map(({ name, value }) => new Markup(` ${escapeText(name)}="${escapeText(rounded(value))}"`))

const text = (node: DrawnNode): Markup | undefined => {
  if (node.nodeType === TEXT) return markup`${node.textContent}`
  const name = node.localName
  if (node.nodeType !== ELEMENT || name === undefined || LEFT_OUT.has(name)) return undefined
  const tag = new Markup(escapeText(name))
  const inner = [...node.childNodes].map(text)
  return inner.length > 0
    ? markup`<${tag}${attributesOf(node)}>${inner}</${tag}>${name === 'g' ? '\n' : ''}`
    : markup`<${tag}${attributesOf(node)}/>`
}

/**
 * What stands in an element of a document, as text. Documents of libraries write it themselves, but not
 * everything as XML has it, and with all digits; here all goes through one escape.
 */
export const contentOf = (element: unknown): Markup => {
  if (!isNode(element)) throw new Error('Plot made no drawing')
  return markup`${[...element.childNodes].map(text)}`
}
