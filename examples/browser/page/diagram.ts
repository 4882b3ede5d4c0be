import { layerColour } from '../../../report/colours.ts'
import { markup, type Markup } from '../../../report/markup.ts'
import { at } from '../../../src/base/lists.ts'
import type { RuleName } from '../rules.ts'

/** Layers from left to right, and who tells them what to change. */

const layers = ['conv1', 'conv2', 'conv3', 'conv4']
const [WIDTH, HEIGHT] = [472, 204]
const BOX = { top: 92, width: 62, height: 42 }
const LOSS = 40
/** Where a hint runs along. */
const TRUNK = 10
/** Where the middle of a layer stands. */
const middle = (index: number): number => 124 + index * 94

const says: Readonly<Record<RuleName, string>> = {
  'clapp++': 'Each layer has a loss of its own. Nothing passes back from one layer to another.',
  'clapp++dfb':
    'Each layer has a loss of its own, which also reads the activity of the top layer. No error passes back.',
  'bp-clapp++': 'One loss at the top. Its error passes back through each layer to the one below.',
}

const boxes = (): Markup => {
  const y = BOX.top + BOX.height / 2
  return markup`<g class="input"><rect x="4" y="${y - BOX.height / 2}" width="60" height="${BOX.height}" rx="4"/><text x="34" y="${y + 4}">picture</text></g>
${layers.map((name, i) => {
  const from = i === 0 ? 64 : middle(i - 1) + BOX.width / 2
  return markup`<path class="forward" d="M${from + 4} ${y}H${middle(i) - BOX.width / 2 - 7}" marker-end="url(#forward)"/>
<g class="layer"><rect x="${middle(i) - BOX.width / 2}" y="${BOX.top}" width="${BOX.width}" height="${BOX.height}" rx="6" stroke="${layerColour(i, layers.length)}"/><text x="${middle(i)}" y="${y + 4}">${name}</text></g>`
})}`
}

/** A loss above a layer, which tells it what to change. */
const loss = (index: number): Markup => {
  const x = middle(index)
  return markup`<g class="loss"><rect x="${x - 24}" y="${LOSS - 13}" width="48" height="26" rx="13"/><text x="${x}" y="${LOSS + 4}">loss</text></g>
<path class="activity" d="M${x - 9} ${BOX.top - 3}V${LOSS + 18}" marker-end="url(#forward)"/>
<path class="credit" d="M${x + 9} ${LOSS + 14}V${BOX.top - 8}" marker-end="url(#credit)"/>`
}

/** What the top layer makes of the picture, on its way to all losses below. */
const hints = (): Markup => {
  const [right, y] = [middle(3) + BOX.width / 2, BOX.top + BOX.height / 2]
  const ends = [0, 1, 2].map((index) => middle(index) + 14)
  return markup`<path class="hint" d="M${right + 3} ${y}H${right + 8}Q${right + 18} ${y} ${right + 18} ${y - 10}V${TRUNK + 10}Q${right + 18} ${TRUNK} ${right + 8} ${TRUNK}H${at(ends, 0)}"/>
${ends.map((x) => markup`<path class="hint" d="M${x} ${TRUNK}V${LOSS - 19}" marker-end="url(#hint)"/>`)}`
}

/** The error of a layer, on its way to the one below. */
const error = (index: number): Markup => {
  const [from, to] = [middle(index + 1) - 10, middle(index) + 10]
  const bottom = BOX.top + BOX.height
  return markup`<path class="credit" d="M${from} ${bottom + 4}C${from - 14} ${bottom + 42} ${to + 14} ${bottom + 42} ${to + 2} ${bottom + 9}" marker-end="url(#credit)"/>`
}

const arrows: Readonly<Record<RuleName, () => Markup>> = {
  'clapp++': () => markup`${layers.map((_, i) => loss(i))}`,
  'clapp++dfb': () => markup`${hints()}${layers.map((_, i) => loss(i))}`,
  'bp-clapp++': () => markup`${loss(3)}${[0, 1, 2].map(error)}`,
}

const head = (name: string): Markup =>
  markup`<marker id="${name}" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path class="${name}-head" d="M0 0 8 4 0 8z"/></marker>`

const keys: readonly (readonly [kind: string, text: string])[] = [
  ['forward', 'activity'],
  ['credit', 'what to change'],
  ['hint', 'a hint: the top layer’s activity'],
]

const key = (rule: RuleName): Markup => {
  const shown = keys.filter(([kind]) => kind !== 'hint' || rule === 'clapp++dfb')
  const starts = [4, 100, 242]
  return markup`${shown.map(
    ([kind, text], i) =>
      markup`<path class="${kind}" d="M${at(starts, i)} 190h22" marker-end="url(#${kind})"/><text class="key" x="${at(starts, i) + 32}" y="194">${text}</text>`,
  )}`
}

/** The picture of a rule, and what it shows in words. */
export const diagram = (rule: RuleName): string =>
  markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${says[rule]}"><defs>${['forward', 'credit', 'hint'].map(head)}</defs>
${boxes()}${arrows[rule]()}${key(rule)}</svg>`.text
