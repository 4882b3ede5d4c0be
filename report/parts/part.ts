import { Markup, markup } from '../markup.ts'
import type { Content } from '../markup.ts'

/** A part of a page below a heading: of the page itself, or of one of its runs. */
export const part = (level: 2 | 3 | 4, title: string, ...body: readonly Content[]): Markup => {
  const heading = new Markup(`h${level}`)
  return markup`<section><${heading}>${title}</${heading}>
${body}</section>
`
}

/** A box that scrolls by itself where the page is narrower than what it holds. */
export const scrolling = (label: string, ...body: readonly Content[]): Markup =>
  markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`

/** Column headings: `>` before those of numbers. */
export const tableHead = (names: readonly string[]): Markup =>
  markup`<thead><tr>${names.map((name) =>
    name.startsWith('>')
      ? markup`<th scope="col" class="number">${name.slice(1)}</th>`
      : markup`<th scope="col">${name}</th>`,
  )}</tr></thead>`

/** A line may break behind a hyphen, which makes two options of one. */
const unbroken = (line: string): readonly Content[] =>
  line
    .split(' ')
    .map((word, index) => [
      index > 0 ? ' ' : '',
      word.startsWith('-') ? markup`<span class="flag">${word}</span>` : word,
    ])

/** A command in a text. */
export const codeLine = (command: string): Markup => markup`<code>${unbroken(command)}</code>`

export const numberCell = (shown: Content): Markup => markup`<td class="number">${shown}</td>`

export const settingsList = (entries: readonly (readonly [label: string, value: string])[]): Markup =>
  markup`<dl>${entries.map(([label, value]) => markup`<dt>${label}</dt><dd>${unbroken(value)}</dd>`)}</dl>`

export const shellLines = (lines: readonly string[]): Markup =>
  markup`<pre>${lines.flatMap((text) => text.split('\n')).map((line, index) => [index > 0 ? '\n' : '', ...unbroken(line)])}</pre>`
