import { drawEmbedding } from '../charts/embedding.ts'
import { formatNumber, plural } from '../format.ts'
import { markup } from '../markup.ts'
import { svgOf } from '../plot/drawing.ts'
import type { Markup } from '../markup.ts'
import type { Embedding } from '../judged.ts'

/** Images as points of a plane, with the shapes and colours of their classes. */
export const embeddingFigure = (embedding: Embedding, noun = 'image'): Markup => {
  const { method, points, classes, labels } = embedding
  const { points: drawing, legend } = drawEmbedding(embedding)
  const of = labels ? ` of ${plural(classes.length, 'class', 'classes')}` : ''
  return markup`<figure><div class="embedding">${svgOf(drawing, `${formatNumber(points.length)} ${noun}s${of} as points of a plane.`)}
${legend && svgOf(legend, `Classes: ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ' and others' : ''}.`)}</div>
<figcaption>${method}. Near points are ${noun}s with alike features; directions and distances across the plane mean little.</figcaption></figure>`
}
