import { shorten, wrap } from './format.ts'
import { markup } from './markup.ts'
import { drawingStyle } from './style/drawing.ts'
import type { Drawing } from './plot/drawing.ts'

/** Width of a picture that stands alone, and of what is drawn between its margins. */
const WIDTH = 860
const MARGIN = 24
export const INNER_WIDTH = WIDTH - 2 * MARGIN

const HEAD = 76
const LINE = 18
const LONGEST_LINE = 125

interface Words {
  readonly title: string
  readonly subtitle: string
  /** How to read it. */
  readonly key: string
  /** What it shows, for who cannot see it. */
  readonly description: string
}

/** A drawing as a picture of its own, on a light ground: for a README. */
export const renderAlone = (drawing: Drawing, { title, subtitle, key, description }: Words): string => {
  const foot = HEAD + drawing.height + 28
  const lines = wrap(key, LONGEST_LINE).map(
    (line, index) =>
      markup`<text x="${MARGIN}" y="${foot + LINE * index}" class="quiet">${line}</text>
`,
  )
  const height = Math.ceil(foot + LINE * lines.length + 8)
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${title}</title>
<desc id="description">${description}</desc>
${drawingStyle}
<rect width="${WIDTH}" height="${height}" rx="8" class="page"/>
<text x="${MARGIN}" y="36" font-size="18" class="strong">${shorten(title, 80)}</text>
<text x="${MARGIN}" y="57" font-size="13" class="quiet">${shorten(subtitle, 115)}</text>
<g transform="translate(${MARGIN},${HEAD})">
${drawing.content}</g>
${lines}</svg>
`.text
}
