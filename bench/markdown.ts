/** Generated sections of a Markdown file, each between two comments that name it. */

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const marks = (name: string) => ({ begin: `<!-- begin ${name} -->`, end: `<!-- end ${name} -->` })

/**
 * The text with the section's old content replaced.
 *
 * @throws where the text has no place for it: no pair of marks of this name, or more than one
 */
export function replaceSection(text: string, name: string, content: string): string {
  const { begin, end } = marks(name)
  const [before, after, ...more] = text.split(begin)
  const [, rest, ...others] = after?.split(end) ?? []
  if (before === undefined || rest === undefined || more.length + others.length > 0)
    throw new Error(`there must be one '${begin}' and one '${end}' after it`)
  return `${before}${begin}\n\n${content.trim()}\n\n${end}${rest}`
}
