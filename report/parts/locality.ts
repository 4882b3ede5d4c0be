import { describeSignal, isForeign } from '../../src/bundle/signals.ts'
import { markup } from '../markup.ts'
import type { Markup } from '../markup.ts'
import type { UpdateReads } from '../run.ts'

/** `conv1.weight` and `conv1.bias` as one line: the layer, then what belongs to it. */
const parameterLines = (updates: readonly UpdateReads[]): Markup[] =>
  [...new Set(updates.map(({ layer }) => layer))].map((layer) => {
    const own = updates.filter((update) => update.layer === layer)
    const names = own.map(({ parameter }) => parameter.slice(layer.length + 1))
    return markup`<div><code><b>${layer}</b> ${names.join(', ')}</code></div>`
  })

/** What each update reads; parameters that read the same share a row, signals of other layers stand out. */
export const localityTable = (locality: readonly UpdateReads[]): Markup => {
  const kinds = [...new Set(locality.map(({ reads }) => JSON.stringify(reads)))]
  const rows = kinds.map((kind) => {
    const sharing = locality.filter(({ reads }) => JSON.stringify(reads) === kind)
    const reads = sharing[0]?.reads ?? []
    return markup`<tr><td class="parameters">${parameterLines(sharing)}</td>
<td><ul class="signals">${reads.filter((signal) => !isForeign(signal)).map((signal) => markup`<li>${describeSignal(signal)}</li>`)}
${reads.filter(isForeign).map((signal) => markup`<li class="foreign">${describeSignal(signal)}</li>`)}</ul></td></tr>
`
  })
  return markup`<table class="locality"><thead><tr><th scope="col">Parameter</th><th scope="col">Signals</th></tr></thead>
<tbody>${rows}</tbody></table>`
}
