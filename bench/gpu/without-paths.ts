/** What commands said is published: where things lay on that machine is nobody's business. `/a/b/c.ts` becomes `…/c.ts`. */
export const withoutPaths = (text: string): string => text.replaceAll(/(?<![\w.:/])\/(?:[\w.@+-]+\/)+/g, '…/')
