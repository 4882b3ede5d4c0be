import { formatPercent } from '../../../report/format.ts'
import { layerColour } from '../../../report/colours.ts'
import { markup } from '../../../report/markup.ts'
import { element } from './element.ts'
import type { Points, Run } from './run.ts'

const layersAtFirst = ['conv1', 'conv2', 'conv3', 'conv4']

const last = (points: Points | undefined, format: (value: number) => string): string => {
  const value = points?.at(-1)?.[1]
  return value === undefined || !Number.isFinite(value) ? '–' : format(value)
}

/** The last figures of each layer, from the input to the top. */
export function showTable(run: Run | undefined): void {
  const layers = run?.ready?.layers ?? layersAtFirst
  const row = (layer: string, index: number) =>
    markup`<tr><th scope="row"><svg width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="4" fill="${layerColour(index, layers.length)}"/></svg> ${layer}</th><td class="number">${last(run?.losses.get(layer), (value) => value.toFixed(3))}</td><td class="number">${last(run?.accuracies.get(layer), formatPercent)}</td><td class="number">${last(run?.cosines.get(layer), (value) => value.toFixed(2).replace('-', '−'))}</td></tr>`
  const all = markup`<tr><th scope="row">all together</th><td class="number"></td><td class="number">${last(run?.all, formatPercent)}</td><td class="number"></td></tr>`
  element('figures', HTMLTableSectionElement).innerHTML = markup`${layers.map(row)}${all}`.text
}
