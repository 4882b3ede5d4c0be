import type { Section } from './schema/section.ts'

/** Whether the graphs of a step are given images as they are stored, and make the views: those for CUDA. */
export const makesViews = ({ graphs }: Pick<Section, 'graphs'>): boolean =>
  graphs.some(({ inputs }) => inputs.some(({ role }) => role === 'images'))

/** Whether they are given views that the augmentation has made. */
export const readsViews = ({ graphs }: Pick<Section, 'graphs'>): boolean =>
  graphs.some(({ inputs }) => inputs.some(({ role }) => role === 'views'))
