/** What a child process can do, by variant: each does it `count` times and gives what every time came to. */
export type Work = ReadonlyMap<string, (count: number) => Promise<number[][]>>
