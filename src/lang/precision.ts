/** In how many bits a program is trained. */
export type Precision = (typeof precisions)[number]
export const precisions = ['full', 'mixed'] as const
