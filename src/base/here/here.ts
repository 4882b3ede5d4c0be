/** What compiler and runtime ask of the machine that they run on; Node.js and browsers answer in their own ways. */
export interface Here {
  /** Bytes of memory that there may be of. */
  readonly memory: () => number
  /** A path as messages show it: below the working folder, where there is one, relative to it. */
  readonly shownPath: (file: string) => string
}
