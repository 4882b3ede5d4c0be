import { Markup } from '../markup.ts'
import { drawings } from './drawing.ts'
import { heatRules, heatVariables } from './heat.ts'
import { dark, light, sans } from './palette.ts'
import { tableRules } from './tables.ts'
import type { Palette } from './palette.ts'

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')

const pageRules = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 ${sans};
  -webkit-text-size-adjust: 100%; }
main { max-width: 912px; margin: 0 auto; padding: 56px 16px 80px; }
h1, h2, h3, h4, h5, p, li, dd { overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0; }
h2 { font-size: 1.3rem; line-height: 1.3; letter-spacing: -0.01em; margin: 56px 0 16px; }
h3 { font-size: 1.1rem; line-height: 1.3; margin: 0; }
h4 { font-size: 0.95rem; font-weight: 600; margin: 32px 0 10px; }
h5 { font-size: 0.8rem; font-weight: 600; color: var(--quiet); margin: 0 0 4px; }
figure > h4, .confusion h4, .filters h4 { font-size: 0.8rem; color: var(--quiet); margin: 0 0 8px; }
p { margin: 0 0 12px; max-width: 68ch; }
.subtitle { font-size: 1.1rem; color: var(--quiet); margin: 8px 0 0; }
.notes { margin-top: 24px; }
.quiet { color: var(--quiet); }
figure { margin: 0; min-width: 0; }
figcaption, p.quiet { color: var(--quiet); font-size: 0.85rem; line-height: 1.45; }
figcaption { margin-top: 8px; max-width: 80ch; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; background: no-repeat right / 48px 100% local
  linear-gradient(to left, var(--page) 50%, transparent), no-repeat right / 20px 100% scroll
  linear-gradient(to left, var(--line), transparent); }
.scroll svg { max-width: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
code { font-size: 0.92em; overflow-wrap: anywhere; }
pre { background: var(--panel); border-radius: 6px; padding: 14px 16px; margin: 0 0 16px; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: 0.85rem; line-height: 1.6; }
.flag { white-space: nowrap; }
.headline { font-size: 1.1rem; }
.headline b { color: var(--accent); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 24px; margin: 0;
  font-size: 0.92rem; }
dt { color: var(--quiet); max-width: 34ch; overflow-wrap: anywhere; }
dd { margin: 0; }
ol { margin: 0 0 24px; padding-left: 1.4em; font-size: 0.92rem; }
.missing { padding-left: 1.2em; font-size: 0.92rem; }
summary { cursor: pointer; font-size: 0.92rem; margin: 12px 0; }
.run { border-top: 1px solid var(--line); padding: 28px 0 36px; }
.run.only { border-top: 0; padding: 0; }
.run.only header { margin-top: 20px; }
.run header p { margin: 4px 0 0; }
.chart { margin: 28px 0 0; }
.panels { display: flex; flex-wrap: wrap; gap: 16px 14px; margin-bottom: 20px; }
.figures, .pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr));
  gap: 28px 40px; align-items: start; }
.pairs > * { min-width: 0; }
.figures > .wide { grid-column: 1 / -1; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(204px, 1fr)); gap: 16px 12px; }
.pair { display: flex; flex-wrap: wrap; gap: 16px 20px; }
.pair figcaption { margin: 0 0 6px; }
.filters > figcaption { display: flex; align-items: center; gap: 8px; }
.confusion { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 28px 40px;
  align-items: start; margin-bottom: 28px; }
.embedding { display: flex; flex-wrap: wrap; gap: 16px 28px; align-items: center; }
.confusion.many { grid-template-columns: minmax(0, 1fr); }
.confusion > * { min-width: 0; }
@media (max-width: 760px) {
  main { padding-top: 32px; }
  h1 { font-size: 1.6rem; }
  h2 { margin-top: 44px; }
  .multiples { grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 10px; }
}`

/** On paper nothing scrolls, so what is too wide breaks or shrinks; figures stay whole. */
const paperRules = `
@media print {
  :root { color-scheme: light; ${variables(light)} ${heatVariables('light')} }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 12px; }
  main { max-width: none; padding: 0; }
  h2, h3, h4, h5 { break-after: avoid; }
  h2 { margin-top: 28px; }
  figure, tr, .thumb, pre, ol { break-inside: avoid; }
  .scroll { overflow: visible; background: none; }
  .scroll svg { max-width: 100%; }
  .confusion { grid-template-columns: minmax(0, 1fr); }
  details::details-content { content-visibility: visible; display: block; }
}`

/** The style of a page: light or dark as the reader's system says, and light on paper. */
export const pageStyle = new Markup(`<style>
:root { color-scheme: light dark; ${variables(light)} ${heatVariables('light')} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} ${heatVariables('dark')} } }
${pageRules}${tableRules}
${drawings((name) => `var(--${name})`)}
${heatRules}${paperRules}
</style>`)
