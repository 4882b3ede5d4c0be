/** A file that is appended to, such as the metrics of a run of weeks, as it is kept on a server: in pieces, one after the other. */

/** Bytes of a whole piece. */
export const PIECE = 8 * 1024 * 1024
/** Smaller ones, of a checkpoint each, that are kept before they are sent again as one. */
const MOST_SMALL = 24

/** Of those that were sent before, the ones that stay: whole ones for good, smaller ones after them until they are many. */
export function staying<Piece extends { readonly bytes: number }>(sent: readonly Piece[]): Piece[] {
  const small = sent.findIndex(({ bytes }) => bytes < PIECE)
  return small >= 0 && sent.length - small >= MOST_SMALL ? sent.slice(0, small) : [...sent]
}
