import { Markup } from './markup.ts'

const light = {
  page: '#fdfdfc',
  panel: '#f5f5f3',
  ink: '#1d2126',
  quiet: '#5b636e',
  line: '#dfe0dd',
  accent: '#1f5fa8',
  foreign: '#8a4300',
  'foreign-fill': '#fbeedd',
}
type Palette = typeof light
const dark: Palette = {
  page: '#14171b',
  panel: '#1c2026',
  ink: '#e6e8ea',
  quiet: '#9ba4af',
  line: '#31373f',
  accent: '#7db3f2',
  foreign: '#f0b877',
  'foreign-fill': '#3a2a17',
}

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')

const sans = `ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif`

const drawings = (colour: (name: keyof Palette) => string): string => `
svg { display: block; max-width: 100%; height: auto; font: 12px ${sans}; font-variant-numeric: tabular-nums; }
svg text { fill: ${colour('ink')}; }
svg text.quiet { fill: ${colour('quiet')}; }
svg .strong { font-weight: 650; }
svg .grid { stroke: ${colour('line')}; stroke-width: 1; fill: none; }
svg .reference { stroke: ${colour('quiet')}; stroke-width: 1; stroke-dasharray: 3 3; fill: none; }
svg .trained { fill: ${colour('accent')}; stroke: ${colour('accent')}; }
svg .baseline { fill: ${colour('page')}; stroke: ${colour('quiet')}; }
svg .page { fill: ${colour('page')}; }
svg .spread { stroke-width: 1.5; fill: none; }`

/**
 * The style of a drawing that stands alone: light, because it cannot know where it will be shown, and
 * without variables, which not every program that draws SVG understands.
 */
export const drawingStyle = new Markup(`<style>${drawings((name) => light[name])}</style>`)

/** The style of a page: light or dark as the reader's system says. */
export const pageStyle = new Markup(`<style>
:root { color-scheme: light dark; ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 ${sans};
  -webkit-text-size-adjust: 100%; }
main { max-width: 892px; margin: 0 auto; padding: 56px 16px 80px; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0; }
h2 { font-size: 1.3rem; line-height: 1.3; letter-spacing: -0.01em; margin: 56px 0 16px; }
h3 { font-size: 1.05rem; line-height: 1.3; margin: 0; }
h4 { font-size: 0.8rem; font-weight: 600; color: var(--quiet); margin: 0 0 8px; }
p { margin: 0 0 12px; max-width: 68ch; }
.subtitle { font-size: 1.1rem; color: var(--quiet); margin: 8px 0 0; }
.notes { margin-top: 24px; }
figure { margin: 0; }
figcaption, p.quiet, span.quiet { color: var(--quiet); font-size: 0.85rem; line-height: 1.45; }
figcaption { margin-top: 8px; max-width: 80ch; }
.scroll { overflow-x: auto; background: no-repeat right / 48px 100% local
  linear-gradient(to left, var(--page) 50%, transparent), no-repeat right / 20px 100% scroll
  linear-gradient(to left, var(--line), transparent); }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 0 7px 20px; text-align: left; vertical-align: baseline; font-weight: inherit; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--quiet); font-size: 0.8rem; font-weight: 600; line-height: 1.3; vertical-align: bottom; }
tbody tr { border-top: 1px solid var(--line); }
thead tr + tr th { padding-top: 4px; }
.number { text-align: right; white-space: nowrap; }
.results { margin-bottom: 8px; }
.results th[scope=row] { white-space: nowrap; font-weight: 600; }
.results thead .number { white-space: normal; }
.results th[scope=colgroup] { color: var(--ink); text-align: left; padding-bottom: 0; }
.results th[scope=colgroup] span { display: block; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
.results .first { padding-left: 32px; }
.results .baseline th[scope=row] { font-weight: inherit; color: var(--quiet); }
.results .baseline td { color: var(--quiet); }
.results tbody + tbody { border-top: 2px solid var(--quiet); }
.results .spread { color: var(--quiet); font-size: 0.82em; margin-left: 0.3em; font-weight: 400; }
.results td.best { color: var(--accent); font-weight: 700; }
.chart { margin: 40px 0 0; }
.narrow { display: none; }

.run { border-top: 1px solid var(--line); padding: 28px 0 36px; }
.run header p { margin: 4px 0 0; }
.run header { margin-bottom: 20px; }
.drawings { display: grid; grid-template-columns: minmax(0, 1fr) 368px; gap: 28px 40px; align-items: start; }
.pair { display: flex; flex-wrap: wrap; gap: 16px 20px; }
.pair figcaption { margin: 0 0 6px; }
.filters > figcaption { display: flex; align-items: center; gap: 8px; }
.tables { display: grid; grid-template-columns: minmax(0, 1fr) 250px; gap: 28px 40px;
  align-items: start; margin-top: 28px; }
.tables table { font-size: 0.85rem; }
.tables th, .tables td { padding-top: 5px; padding-bottom: 5px; }
.parameters { white-space: nowrap; }
.parameters b { font-weight: 600; }
.signals { display: flex; flex-wrap: wrap; gap: 4px; margin: 0; padding: 0; list-style: none; }
.signals li { background: var(--panel); border-radius: 4px; padding: 0 7px; font-size: 0.8rem; }
.signals li.foreign { background: var(--foreign-fill); color: var(--foreign); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
code { font-size: 0.92em; overflow-wrap: anywhere; }
pre { background: var(--panel); border-radius: 6px; padding: 14px 16px; margin: 0; overflow-x: auto;
  font-size: 0.85rem; line-height: 1.6; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 24px; margin: 0;
  font-size: 0.92rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }

@media (max-width: 760px) {
  main { padding-top: 32px; }
  h1 { font-size: 1.6rem; }
  h2 { margin-top: 44px; }
  .wide { display: none; }
  .narrow { display: block; }
  .drawings, .tables { grid-template-columns: minmax(0, 1fr); }
  .results th[scope=row], .results thead th:first-child { position: sticky; left: 0; background: var(--page); }
  .results th:first-child { padding-right: 8px; }
  .results th[scope=row] { white-space: normal; min-width: 112px; }
  .results tr:last-child th.number { min-width: 76px; }
  .results .spread { display: block; margin: 0; }
  .locality th + th { display: none; }
  .locality td { display: block; padding-left: 0; }
  .locality td + td { padding-top: 0; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 10px; }
}
@media print { main { padding-top: 0; } .run, figure { break-inside: avoid; } }
${drawings((name) => `var(--${name})`)}
</style>`)
