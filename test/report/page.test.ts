import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moveApart } from '../../report/charts/apart.ts'
import { drawnCurve } from '../../report/charts/points.ts'
import { formatCount, formatNumber, formatSeconds } from '../../report/format.ts'
import { writeReport } from '../../report/index.ts'
import { escapeText, markup } from '../../report/markup.ts'
import { renderReport } from '../../report/page.ts'
import { renderSummarySvg } from '../../report/summary.ts'
import type { Comparison, Run } from '../../report/index.ts'
import { hostileReport } from './reports.ts'
import { checkWellFormed } from './well-formed.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'

const run: Run = {
  name: 'CLAPP++',
  description: 'Each layer by its own loss.',
  losses: ['conv1', 'conv2'].map((layer, index) => ({
    layer,
    points: Array.from({ length: 100 }, (_, step) => [step + 1, index + 1 / (step + 1)] as const),
  })),
  filters: {
    layer: 'conv1',
    width: 1,
    height: 2,
    channels: 1,
    before: [Float32Array.of(0, 0)],
    after: [Float32Array.of(-3, 3), Float32Array.of(0.5, 0)],
  },
  seconds: 61,
  imagesPerSecond: 1234,
  graphs: [{ name: 'conv1', nodes: 61, flops: 62e6 }],
  locality: [
    {
      parameter: 'conv1.weight',
      layer: 'conv1',
      reads: [{ kind: 'pre' }, { kind: 'transport', layer: 'conv2' }],
    },
    {
      parameter: 'conv1.bias',
      layer: 'conv1',
      reads: [{ kind: 'pre' }, { kind: 'transport', layer: 'conv2' }],
    },
  ],
}

const report: Comparison = {
  title: 'Local against global',
  subtitle: 'On clothes',
  settings: [['Seeds', '1, 2, 3']],
  notes: ['As it is.'],
  table: {
    caption: 'Mean of 3 seeds.',
    columns: [
      { name: 'kNN', group: 'Averages' },
      { name: 'Probe', group: 'Averages' },
      { name: 'kNN', group: 'Spatial' },
    ],
    rows: [
      { name: 'CLAPP++', cells: [{ value: 0.729, spread: 0.004 }, { value: 0.8412 }, { value: 0.8 }] },
      { name: 'Untrained', baseline: true, cells: [{ value: 0.64 }, { value: 0.8408 }, { value: NaN }] },
    ],
    reference: 'Untrained',
  },
  runs: [run],
  commands: ['npm run demo'],
}

const withRun = (changes: Partial<Run>): Comparison => ({ ...report, runs: [{ ...run, ...changes }] })
const emptyReport: Comparison = {
  ...{ title: '', subtitle: '', settings: [], notes: [], runs: [], commands: [] },
  table: { caption: '', columns: [], rows: [] },
}

const hostileData = await hostileReport()

describe('the report', () => {
  const page = renderReport(report)

  it.each([
    ['an ordinary report', report],
    ['text full of markup', hostileData],
    ['an empty report', emptyReport],
    ['no losses', withRun({ losses: [] })],
  ])('is well-formed, both page and picture: %s', (_, data) => {
    checkWellFormed(renderReport(data))
    checkWellFormed(renderSummarySvg(data))
  })

  it('escapes all text', () => {
    for (const text of [renderReport(hostileData), renderSummarySvg(hostileData)]) {
      expect(text).not.toMatch(/<script|<img src=x/)
      expect(text).not.toContain('\u0000')
      expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; \ufffd')
    }
  })

  it('needs nothing but itself: no address, no script, no import', () => {
    expect(page.replace('http-equiv', '')).not.toMatch(/http|<script|<link|url\(|@import|src="(?!data:)/)
    expect(renderSummarySvg(report).replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
      /http|url\(|@import|href/,
    )
  })

  it('is the same text for the same data', () => {
    expect(renderReport(report)).toBe(page)
  })

  it('marks what is best as printed, so that equal figures are marked alike', () => {
    expect(page.match(/<td class="[^"]*best">[\d.]+/g)).toEqual([
      '<td class="number best">84.1',
      '<td class="number best">72.9',
      '<td class="number best">84.1',
      '<td class="number first best">80.0',
    ])
  })

  it('sets baselines apart, above the trained encoders, and shows what was not measured as a dash', () => {
    const [, baselines, trained] = page.split('<tbody>')
    expect(baselines).toMatch(/Untrained.*–<\/td>/s)
    expect(trained).toMatch(/CLAPP\+\+.*72\.9<span class="spread">± 0\.4<\/span>/s)
  })

  it('tells parameters that read the same in one row, with the signals of other layers marked', () => {
    expect(page).toContain('<code><b>conv1</b> weight, bias</code>')
    expect(page).toContain('<li>own presynaptic input</li>')
    expect(page).toContain('<li class="foreign">weights of conv2</li>')
  })

  it('scales each filter by its own largest weight, and draws a filter of zeros', () => {
    const [before = '', after = ''] = page.split('After training')
    const [zero, lowest, highest] = ['#f2f1ee', '#144696', '#9e3e04']
    const squares = (drawing: string, colour: string) =>
      (new RegExp(`fill="${colour}" d="([^"]*)"`).exec(drawing)?.[1] ?? '').split('z').length - 1
    expect([zero, lowest, highest].map((colour) => squares(before, colour))).toEqual([2, 0, 0])
    expect([zero, lowest, highest].map((colour) => squares(after, colour))).toEqual([1, 1, 2])
  })

  it('draws filters, and those before training, only where they are given', () => {
    const bare = { ...run, filters: undefined }
    expect(page).toContain('Before training')
    expect(renderReport(hostileData)).not.toContain('Before training')
    expect(renderReport({ ...report, runs: [bare] })).not.toContain('Filters of')
  })

  it('is written to a file, with nothing left beside it', async () => {
    const path = join(temporaryFolder(), 'report.html')
    await writeReport(path, report)
    expect(readFileSync(path, 'utf8')).toBe(page)
    expect(existsSync(`${path}.partial`)).toBe(false)
  })
})

describe('loss curves', () => {
  const drawn = (...points: [number, number][]) =>
    renderReport(withRun({ losses: [{ layer: 'conv1', points }] }))

  it('says so where there is nothing to draw', () => {
    expect(drawn()).toContain('There is nothing to draw.')
    expect(drawn([1, NaN])).toContain('There is nothing to draw. Not finite, so not drawn: conv1 at 1 step.')
  })

  it('leaves out losses that are not finite, and says how many', () => {
    const page = drawn([1, 1], [2, Infinity], [3, NaN], [4, 2])
    expect(page).toContain('Not finite, so not drawn: conv1 at 2 steps.')
  })

  it('are drawn with finite coordinates, whatever the losses', () => {
    const point = fc.tuple(fc.nat(1e6), fc.double())
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        expect(drawn(...points)).not.toMatch(/="[^"]*(NaN|Infinity|undefined)/)
      }),
      { numRuns: 50 },
    )
  })

  it('are thinned, so that a long run does not make a large page', () => {
    const points = Array.from({ length: 50_000 }, (_, step): [number, number] => [step, Math.sin(step)])
    expect(drawn(...points).length).toBeLessThan(40_000)
  })

  it('are medians of neighbours, with the lowest and the highest of them; the first stands alone', () => {
    const points = Array.from({ length: 902 }, (_, step) => [step, step === 6 ? 1e9 : step] as const)
    const drawn = drawnCurve({ layer: 'conv1', points })
    expect(drawn.points.length).toBeLessThanOrEqual(90)
    expect(drawn.points[0]).toEqual({ step: 0, value: 0, low: 0, high: 0 })
    expect(drawn.points[1]).toEqual({ step: 6, value: 7, low: 1, high: 1e9 })
    expect(drawn.points.at(-1)).toEqual({ step: 897, value: 896.5, low: 892, high: 901 })
  })

  it('keep the bands that they are given', () => {
    expect(drawnCurve({ layer: 'conv1', points: [[1, 2, 0, 5]] }).points).toEqual([
      { step: 1, value: 2, low: 0, high: 5 },
    ])
  })
})

describe('the picture of the results', () => {
  it('tells all figures to those who cannot see it', () => {
    const svg = renderSummarySvg(report)
    expect(svg).toContain('<title id="title">Local against global</title>')
    expect(svg).toContain('CLAPP++: Averages, kNN 72.9; Averages, Probe 84.1; Spatial, kNN 80.0.')
  })

  it('is drawn with finite coordinates although figures are missing', () => {
    const rows = [
      {
        name: 'A',
        cells: [
          { value: NaN, spread: NaN },
          { value: 0.5, spread: NaN },
        ],
      },
    ]
    const svg = renderSummarySvg({ ...report, table: { ...report.table, rows } })
    expect(svg).not.toMatch(/="[^"]*(NaN|Infinity|undefined)/)
  })
})

describe('labels moved apart', () => {
  it('stay in order and in the frame, with the gap between them where there is room', () => {
    const places = fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(places, fc.double({ min: 1, max: 60, noNaN: true }), (wanted, gap) => {
        const placed = moveApart(wanted, gap, 0, 200)
        const room = Math.min(gap, 200 / Math.max(1, wanted.length - 1))
        const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
        const sorted = order.map((index) => placed[index] ?? NaN)
        for (const [index, place] of sorted.entries()) {
          expect(place >= -1e-9 && place <= 200 + 1e-9).toBe(true)
          if (index > 0) expect(place - (sorted[index - 1] ?? NaN)).toBeGreaterThanOrEqual(room - 1e-9)
        }
      }),
    )
  })

  it('stay where they are if they are apart already', () => {
    expect(moveApart([100, 20, 60], 15, 0, 200)).toEqual([100, 20, 60])
  })
})

describe('text', () => {
  it('survives escaping: what a reader sees is what was written', () => {
    const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escapeText(text)
        expect(escaped).not.toMatch(/[<>"']/)
        const read = Object.entries(entities).reduceRight(
          (all, [name, is]) => all.replaceAll(`&${name};`, is),
          escaped,
        )
        expect(read).toBe(text)
      }),
    )
  })

  it('turns no figures around that stand behind it', () => {
    expect(escapeText('\u202ename\u2066: 30 of 100')).toBe('\ufffdname\ufffd: 30 of 100')
    expect(escapeText('\u05e9\u05dc\u05d5\u05dd \u200f: 30')).toBe('\u05e9\u05dc\u05d5\u05dd \u200f: 30')
  })

  it('is escaped wherever it is put into markup, and markup is not escaped again', () => {
    expect(markup`<p>${['a < b', markup`<b>${'&'}</b>`, 3, undefined]}</p>`.text).toBe(
      '<p>a &lt; b<b>&amp;</b>3</p>',
    )
  })

  it('shows numbers as people read them', () => {
    expect([0, 7, 999, 1234, 62e6, 2.345e9].map(formatCount)).toEqual([
      '0',
      '7',
      '999',
      '1.23 k',
      '62.0 M',
      '2.35 G',
    ])
    expect([8.42, 61, 7500].map(formatSeconds)).toEqual(['8.4 s', '1 min 1 s', '2 h 05 min'])
    expect([1234567, -0.5].map((value) => formatNumber(value, Number.isInteger(value) ? 0 : 1))).toEqual([
      '1\u202f234\u202f567',
      '−0.5',
    ])
  })
})
