/** Whether words of a command line ask for JSON, however wrong they may be else. */
export function asksForJson(words: readonly string[]): boolean

/**
 * One line of JSON: when, how bad, what happened, and what is to be said of it. Numbers that are not finite are null.
 * Events have no fields of the names of the first three.
 */
export function eventLine(level: string, event: string, fields: object): string
