import type { Which } from '../../runtime/files/run-checkpoint.ts'

/** Which weights figures are of: `after step 40 of 100, the best checkpoint`, or `as imported`. */
export function standing(
  { step, totalSteps }: { readonly step: number; readonly totalSteps: number },
  { at, average }: { readonly at: Which; readonly average: boolean },
): string {
  const which = totalSteps === 0 ? 'as imported' : `after step ${step} of ${totalSteps}`
  return `${which}${at === 'best' ? ', the best checkpoint' : ''}${average ? ', the average of the weights' : ''}`
}
