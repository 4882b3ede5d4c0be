import { at } from '../../../base/lists.ts'
import { blank, paste, type Drawing, type Picture } from './picture.ts'
import { scaleOf, tileOf } from './tile.ts'

/** Pixels between tiles, and between an image and its views. */
const [GAP, WIDE_GAP] = [6, 18]
const BACKGROUND = 128

/** All in one drawing: a row for each image, itself to the left and its views beside it. */
export function sheetOf(rows: readonly (readonly Picture[])[]): Drawing {
  // One scale for all: that of the views, which may have a border.
  const scale = scaleOf(at(at(rows, 0), at(rows, 0).length - 1))
  const tiles = rows.map((row) => row.map((picture) => tileOf(picture, scale)))
  const first = at(tiles, 0)
  const lefts = first.map(
    (_, column) =>
      GAP +
      first.slice(0, column).reduce((sum, { width }) => sum + width + GAP, 0) +
      (column > 0 ? WIDE_GAP - GAP : 0),
  )
  const high = Math.max(...first.map(({ height }) => height))
  const last = first.length - 1
  const sheet = blank(
    GAP + tiles.length * (high + GAP),
    at(lefts, last) + at(first, last).width + GAP,
    BACKGROUND,
  )
  for (const [row, line] of tiles.entries())
    for (const [column, tile] of line.entries())
      // An image without the border that the program adds stands in the middle.
      paste(sheet, tile, GAP + row * (high + GAP) + Math.floor((high - tile.height) / 2), at(lefts, column))
  return sheet
}
