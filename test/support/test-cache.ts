import { fileURLToPath } from 'node:url'

/** What tests keep between them, where nobody else writes: below this clone's own libraries, which it finds from there. */
export const testCache = fileURLToPath(new URL('../../node_modules/.cache/hebb-tests', import.meta.url))
