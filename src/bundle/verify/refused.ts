import { shown } from '../../base/file-error.ts'

/** Why a graph is not one that the compiler writes; whoever reads the file adds which one. */
export class Refused extends Error {}

/** A name that a stranger wrote, for a message. */
export const quoted = (name: string): string => `'${shown(name, 80)}'`
