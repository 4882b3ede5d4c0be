import { fileURLToPath } from 'node:url'

/** The program that is tortured, as a user names it. */
export const tinyProgram = fileURLToPath(new URL('tiny.ts', import.meta.url))

/** One of three layers. */
export const deepProgram = `${tinyProgram}#deep`
