import { markup } from '../markup.ts'
import type { Markup } from '../markup.ts'
import type { Neighbours, Thumb } from '../judged.ts'

const SIDE = 56
/** Of a signal, whose line is longer than high. */
const [WIDE, HIGH] = [128, 56]

const image = ({ png, label, isSignal = false }: Thumb, alternative: string): Markup =>
  markup`<img src="data:image/png;base64,${Buffer.from(png).toString('base64')}" width="${isSignal ? WIDE : SIDE}" height="${isSignal ? HIGH : SIDE}" alt="${label ?? alternative}"/>`

const classOf = ({ isSignal = false }: Thumb, verdict?: string): string =>
  ['thumb', ...(isSignal ? ['signal'] : []), ...(verdict === undefined ? [] : [verdict])].join(' ')

const verdict = (query: Thumb, found: Thumb): 'right' | 'wrong' | 'unknown' => {
  if (query.label === undefined || found.label === undefined) return 'unknown'
  return query.label === found.label ? 'right' : 'wrong'
}

const marks = { right: '✓', wrong: '✗', unknown: undefined } as const

const foundThumb = (query: Thumb, found: Thumb): Markup => {
  const is = verdict(query, found)
  return markup`<div class="${classOf(found, is)}">${image(found, 'a neighbour')}<span>${marks[is] && markup`<b>${marks[is]}</b> `}${found.label}</span></div>`
}

/** A row per test image: itself, then the training images nearest to it. */
export const neighboursFigure = ({ caption, queries }: Neighbours): Markup => {
  const labelled = queries.some(({ query }) => query.label !== undefined)
  const key = labelled ? ' ✓ and a solid frame: of the same class; ✗ and a dashed frame: of another.' : ''
  const noun = queries.some(({ query }) => query.isSignal === true) ? 'signal' : 'image'
  return markup`<figure class="neighbours"><table><thead><tr><th scope="col">Test ${noun}</th><th scope="col">Nearest training ${noun}s</th></tr></thead>
<tbody>${queries.map(
    ({ query, found }) =>
      markup`<tr><th scope="row"><div class="${classOf(query)}">${image(query, `a test ${noun}`)}<span>${query.label}</span></div></th><td><div class="found">${found.map((each) => foundThumb(query, each))}</div></td></tr>
`,
  )}</tbody></table>
<figcaption>${caption}${key}</figcaption></figure>`
}
