/** Tables that commands print, read back: columns stand over and under the pieces of a rule. */

type Row = readonly string[]

/** Every table of a text in the order in which they stand: its names, then its rows. */
export function textTables(text: string): readonly (readonly Row[])[] {
  const lines = text.split('\n')
  return lines.flatMap((rule, place) => {
    const head = lines[place - 1]
    if (head === undefined || !/^─+( {2}─+)*$/.test(rule)) return []
    const columns = [...rule.matchAll(/─+/g)].map(
      (found) => [found.index, found.index + found[0].length] as const,
    )
    const after = lines.slice(place + 1)
    const end = after.findIndex((line) => line.trim() === '')
    const rows = [head, ...after.slice(0, end < 0 ? after.length : end)]
    return [rows.map((row) => columns.map(([from, to]) => row.slice(from, to).trim()))]
  })
}
