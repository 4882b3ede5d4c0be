import { describe, expect, it } from 'vitest'
import { describeGroup, drawAlignment } from '../../report/charts/alignment.ts'
import { renderAlignmentReport, renderAlignmentSvg } from '../../report/alignment/page.ts'
import { checkWellFormed } from './well-formed.ts'
import type { AlignmentGroup, AlignmentReport, AlignmentSeries } from '../../report/alignment/data.ts'

const series = (
  name: string,
  cosines: readonly number[],
  more: Partial<AlignmentSeries> = {},
): AlignmentSeries => {
  const point = (value: number) => ({
    cosine: { value, spread: 0.05 },
    ratio: { value: 12.345, spread: 0.1 },
  })
  return {
    ...{ name, program: 0, trainedProjections: false },
    points: cosines.map(point),
    mean: point(cosines.reduce((sum, value) => sum + value, 0) / cosines.length),
    ...more,
  }
}

const group: AlignmentGroup = {
  layers: ['conv1', 'conv2'],
  series: [
    series('CLAPP++', [-0.25, 1]),
    series('CLAPP++, trained projections', [0.75, 1], { trainedProjections: true }),
    series('BP', [1, 1], { program: 1 }),
  ],
}
const report: AlignmentReport = {
  title: 'Local updates',
  subtitle: 'and others',
  notes: ['As it is.'],
  settings: [['Seed', '0']],
  commands: ['hebb align mine.ts'],
  groups: [group],
}

const hostile = `<script>alert("1")</script> & 'x' \u0000`
const hostileReport: AlignmentReport = {
  ...{
    title: hostile,
    subtitle: hostile,
    notes: [hostile],
    settings: [[hostile, hostile]],
    commands: [hostile],
  },
  groups: [{ layers: [hostile], series: [series(hostile, [0.5])] }],
}

const withCosines = (...cosines: number[]): AlignmentReport => ({
  ...report,
  groups: [{ layers: cosines.map((_, i) => `conv${i + 1}`), series: [series('mine', cosines)] }],
})

describe('the report on alignment', () => {
  it('has the mean of the layers that are not 1 by construction, and says which are', () => {
    const mean = { cosine: { value: -0.25 }, ratio: { value: 2 } }
    const rest = series('mine', [-0.25, 1], { meanOfOthers: mean, byConstruction: ['conv2'] })
    const page = renderAlignmentReport({ ...report, groups: [{ ...group, series: [rest] }] })
    expect(page).toContain('<th scope="row">Mean of the rest</th><td class="number">−0.250</td>')
    expect(page).toMatch(/The rest: without what is 1 by construction[^<]*: conv2 of mine\./)
    expect(renderAlignmentReport(report)).not.toContain('Mean of the rest')
  })

  it.each([
    ['an ordinary report', report],
    ['text full of markup', hostileReport],
    ['two encoders', { ...report, groups: [group, group] }],
    ['nothing measured', withCosines(NaN, NaN)],
    ['no programs', { ...report, groups: [] }],
  ])('is well-formed, both page and picture: %s', (_, data) => {
    for (const text of [renderAlignmentReport(data), renderAlignmentSvg(data)]) {
      checkWellFormed(text)
      expect(text).not.toMatch(/NaN|undefined|Infinity/)
    }
  })

  it('escapes all text', () => {
    for (const text of [renderAlignmentReport(hostileReport), renderAlignmentSvg(hostileReport)]) {
      expect(text).not.toContain('<script')
      expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; \ufffd')
    }
  })

  it('needs nothing but itself, and is the same text for the same data', () => {
    const page = renderAlignmentReport(report)
    expect(page.replace('http-equiv', '')).not.toMatch(/http|<script|<link|<img|url\(|@import|src=/)
    expect(renderAlignmentReport(report)).toBe(page)
  })

  it('tells cosine and ratio of each layer, with errors, and their means; a dash where nothing was measured', () => {
    const page = renderAlignmentReport(report)
    expect(page).toMatch(
      /<th scope="row">conv1<\/th><td class="number">−0\.250<span class="spread">± 0\.050<\/span><\/td><td class="number">12\.35/,
    )
    expect(page).toMatch(/<th scope="row">Mean<\/th><td class="number">0\.375/)
    expect(renderAlignmentReport(withCosines(NaN, 1))).toMatch(
      /<th scope="row">conv1<\/th><td class="number">–<\/td>/,
    )
  })

  it('says the drawing in words', () => {
    expect(describeGroup(group)).toBe(
      'CLAPP++: conv1 −0.25, conv2 1.00; CLAPP++, trained projections: conv1 0.75, conv2 1.00; BP: conv1 1.00, conv2 1.00',
    )
    expect(renderAlignmentReport(report)).toContain(describeGroup(group))
  })
})

describe('the drawing', () => {
  const drawn = (of: AlignmentGroup) => drawAlignment(of, 860).content.text
  /** Groups of dots with their heights, in the order of the series. */
  const dots = (text: string) =>
    [...text.matchAll(/<g ([^>]*)>((?:<circle[^>]*\/>)+)<\/g>/g)].map(([, group = '', circles = '']) => ({
      hollow: group.includes('class="page"'),
      stroke: /stroke="(#\w+)"/.exec(group)?.[1],
      shift: Number(/translate\((-?[\d.]+)/.exec(group)?.[1] ?? 0),
      heights: [...circles.matchAll(/ cy="([\d.]+)"/g)].map(([, y]) => Number(y)),
    }))
  const [local, trained, backward, ...key] = dots(drawn(group))

  it('has a dot for each layer and program at its height, and one in the key', () => {
    expect([local, trained, backward].map((each) => each?.heights.length)).toEqual([2, 2, 2])
    expect(key.map((each) => each.heights.length)).toEqual([1, 1, 1])
    const [low = NaN, high = NaN] = local?.heights ?? []
    expect(backward?.heights).toEqual([high, high])
    // From 1 down to -0.25 is five times the way from 1 down to 0.75.
    expect(low - high).toBeCloseTo(5 * ((trained?.heights[0] ?? NaN) - high), 1)
  })

  it('shows trained projections hollow, in the colour of their program', () => {
    expect(dots(drawn(group)).map(({ hollow }) => hollow)).toEqual([false, true, false, false, true, false])
    expect(trained?.stroke).toBe(local?.stroke)
    expect(backward?.stroke).not.toBe(local?.stroke)
  })

  it('keeps the dots of one layer apart', () => {
    expect(new Set([local, trained, backward].map((each) => each?.shift)).size).toBe(3)
  })

  it('leaves out a layer that was not measured, and needs no key for one program', () => {
    const [only] = withCosines(NaN, 0.5).groups
    if (!only) throw new Error('no group')
    expect(dots(drawn(only)).map(({ heights }) => heights.length)).toEqual([1])
    expect(drawn(only)).not.toContain('NaN')
  })
})
