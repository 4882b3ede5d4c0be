import type { Dataset, RowShape, Split } from './dataset.ts'

/** How data sets are found, whichever files they come in. */

/** Of what takes a while: images decoded, of how many. */
export interface Preparing {
  /** What is done: `cats (decoding)`. */
  readonly what: string
  /** So many are. */
  readonly done: number
  /** Of how many. */
  readonly total: number
}

export interface OpenOptions {
  /** What a program is compiled for: images of any size are decoded to it. */
  readonly wanted?: RowShape | undefined
  /** Whether images that cannot be read are left out; by default they are an error. */
  readonly skipOdd?: boolean | undefined
  /** What was asked for, for messages that say what to do: `folder:PATH`. */
  readonly spec?: string | undefined
  readonly onProgress?: ((progress: Preparing) => void) | undefined
  /** Stops what takes a while, between two images: its reason is thrown. */
  readonly signal?: AbortSignal | undefined
  /** Told what a user should know of and need not act on. */
  readonly onNotice?: ((notice: string) => void) | undefined
}

/** A data set that is there, of which nothing was read but what finding it took. */
export interface Found {
  /** Its folder or file. */
  readonly place: string
  /** One of its files. */
  readonly evidence: string
  /** Those that are there. */
  readonly splits: readonly Split[]
  /** Files that lie there and belong to no split, and why: `train/cat/Thumbs.db: no image`. */
  readonly odd?: (() => readonly string[]) | undefined
  /** @throws UserError ('DataError', 'FileError') where files are missing, damaged, or do not belong together */
  readonly open: (split: Split, options: OpenOptions) => Dataset | Promise<Dataset>
}

/** One way in which data sets are stored. */
export interface Format {
  /** As in `--data cifar10:PATH`. */
  readonly kind: string
  /** What it is made of, for who has something else: `cifar10: data_batch_1.bin, …`. */
  readonly lookedFor: string
  /** Whether anything could be read so that is not of another kind: such a kind counts only where there is no other. */
  readonly isGeneral?: true
  /** Whether it is another way to read what another kind finds, which counts only where it is named. */
  readonly isOnlyNamed?: true
  /** Those that a folder, or a file, holds. It looks at names alone. @throws UserError ('FileError') */
  readonly find: (path: string) => readonly Found[] | Promise<readonly Found[]>
}

/** A data set that was found, and nothing read of it. */
export interface DataSource {
  /** As it was asked for, with its path from the root: what finds it again. */
  readonly spec: string
  /** The layout: `idx`, `cifar10`, …; `own` of a user's module. */
  readonly kind: string
  /** Its folder or file. */
  readonly path: string
  /** The parts that it has. */
  readonly splits: readonly Split[]
  /** Files that lie there and belong to no split, and why. */
  readonly odd: () => readonly string[]
  /** Opens a part. @throws UserError ('DataError', 'FileError') where files are missing or damaged */
  readonly open: (split: Split, options: OpenOptions) => Dataset | Promise<Dataset>
}
