import { markup } from './markup.ts'
import { part, settingsList, shellLines } from './parts/part.ts'
import { pageStyle } from './style/page.ts'
import type { Markup } from './markup.ts'
import type { Report } from './report.ts'

/** What every page says around its results. */
export type Frame = Pick<Report, 'title' | 'subtitle' | 'notes' | 'settings' | 'commands'>

/** A page may show what stands in it, and do nothing else, whatever a name in it says. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

/** By which a page is known again as one of ours, which may be written over. */
export const generator = markup`<meta name="generator" content="hebb"/>`

/** One HTML page that needs nothing else: no script, no font, no network. */
export const renderPage = (frame: Frame, results: Markup): string =>
  markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${POLICY}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
${generator}
<title>${frame.title}</title>
${pageStyle}
</head>
<body><main>
<header><h1>${frame.title}</h1>
<p class="subtitle">${frame.subtitle}</p></header>
<div class="notes">${frame.notes.map((note) => markup`<p>${note}</p>`)}</div>
${results}${frame.settings.length > 0 ? part(2, 'Settings', settingsList(frame.settings)) : undefined}${
    frame.commands.length > 0 ? part(2, 'Do it again', shellLines(frame.commands)) : undefined
  }</main></body>
</html>
`.text
