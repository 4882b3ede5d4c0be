import type { RowShape, ValueType } from '../dataset.ts'

/**
 * How the values of a row lie: by channel, row by row (as graphs are given them); by channel, column by column, as MATLAB
 * writes; or by pixel, all its channels together.
 */
export type Order = 'planes' | 'columns' | 'pixels'

/** A file as it was when its data set was opened. */
export interface Source {
  readonly path: string
  readonly size: number
  /** Milliseconds, as the system tells. */
  readonly modified: number
}

/** Rows that lie at equal distances. */
export interface Piece {
  /** A file, or memory that all threads can read. */
  readonly source: Source | Uint8Array
  readonly count: number
  /** Bytes before the first row's values, and from one row's to the next one's. */
  readonly at: number
  readonly stride: number
}

/** Plain data, which another thread can be given. */
export interface StoredRows {
  readonly pieces: readonly Piece[]
  readonly shape: RowShape
  readonly type: ValueType
  readonly order: Order
}

export const availableRows = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { count }) => sum + count, 0)
