import { markup } from './markup.ts'
import { pageStyle } from './style.ts'
import type { Markup } from './markup.ts'
import type { Report } from './report.ts'

/** What every page says around its results. */
export type Frame = Pick<Report, 'title' | 'subtitle' | 'notes' | 'settings' | 'commands'>

const settings = (entries: Report['settings']): Markup | undefined =>
  entries.length > 0
    ? markup`<section><h2>Settings</h2>
<dl>${entries.map(([label, value]) => markup`<dt>${label}</dt><dd>${value}</dd>`)}</dl></section>
`
    : undefined

const commands = (lines: readonly string[]): Markup | undefined =>
  lines.length > 0
    ? markup`<section><h2>Do it again</h2>
<pre tabindex="0">${lines.join('\n')}</pre></section>
`
    : undefined

/** By which a page is known again as one of ours, which may be written over. */
export const generator = markup`<meta name="generator" content="hebb"/>`

/** One HTML page that needs nothing else: no script, no font, no network. */
export const renderPage = (frame: Frame, results: Markup): string =>
  markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
${generator}
<title>${frame.title}</title>
${pageStyle}
</head>
<body><main>
<header><h1>${frame.title}</h1>
<p class="subtitle">${frame.subtitle}</p></header>
<div class="notes">${frame.notes.map((note) => markup`<p>${note}</p>`)}</div>
${results}${settings(frame.settings)}${commands(frame.commands)}</main></body>
</html>
`.text
