/** A checkpoint that is open, as it can be told to a thread: a thread reads the very file that was checked. */
export interface CheckpointFile {
  /** As messages name it. */
  readonly path: string
  /** Its descriptor, which all threads of the process share. It stays open until the values are read. */
  readonly file: number
}
