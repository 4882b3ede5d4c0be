import type { Ran } from '../protocol.ts'

/**
 * What a child process can do, by variant: each does it `count` times and gives what every time came to; with the time it took
 * where not all that it does is to be timed.
 */
export type Work = ReadonlyMap<string, (count: number) => Promise<number[][] | Ran>>
