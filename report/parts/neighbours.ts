import { markup } from '../markup.ts'
import { scrolling } from './part.ts'
import type { Markup } from '../markup.ts'
import type { Neighbours, Thumb } from '../judged.ts'

const SIDE = 56

const image = ({ png, label }: Thumb, alternative: string): Markup =>
  markup`<img src="data:image/png;base64,${Buffer.from(png).toString('base64')}" width="${SIDE}" height="${SIDE}" alt="${label ?? alternative}"/>`

const verdict = (query: Thumb, found: Thumb): 'right' | 'wrong' | 'unknown' => {
  if (query.label === undefined || found.label === undefined) return 'unknown'
  return query.label === found.label ? 'right' : 'wrong'
}

const marks = { right: '✓', wrong: '✗', unknown: undefined } as const

const foundCell = (query: Thumb, found: Thumb): Markup => {
  const is = verdict(query, found)
  return markup`<td><div class="thumb ${is}">${image(found, 'an image')}<span>${marks[is] && markup`<b>${marks[is]}</b> `}${found.label}</span></div></td>`
}

/** A row per test image: itself, then the training images nearest to it. */
export const neighboursFigure = ({ caption, queries }: Neighbours): Markup => {
  const most = Math.max(0, ...queries.map(({ found }) => found.length))
  const labelled = queries.some(({ query }) => query.label !== undefined)
  const key = labelled ? ' ✓ and a solid frame: of the same class; ✗ and a dashed frame: of another.' : ''
  return markup`<figure class="neighbours">${scrolling(
    'Nearest neighbours',
    markup`<table><thead><tr><th scope="col">Test image</th><th scope="colgroup" colspan="${most}">Nearest training images</th></tr></thead>
<tbody>${queries.map(
      ({ query, found }) =>
        markup`<tr><th scope="row"><div class="thumb">${image(query, 'a test image')}<span>${query.label}</span></div></th>${found.map((each) => foundCell(query, each))}</tr>
`,
    )}</tbody></table>`,
  )}
<figcaption>${caption}${key}</figcaption></figure>`
}
