/**
 * The learning rules that come with Hebb, and their options.
 *
 * @module hebb/rules
 */
export { clapp, clappPlusPlus, clappDirectFeedback, clappBoth, type ClappOptions } from './clapp.ts'
export { clappThreeFactor, type ThreeFactorOptions } from './three-factor.ts'
export { oja } from './oja.ts'
export { softHebb, type SoftHebbOptions } from './softhebb.ts'
export { directFeedbackAlignment, feedbackAlignment, weightTransport } from './feedback-alignment.ts'
export { forwardForward, type ForwardForwardOptions } from './forward-forward.ts'
export { scff, type ScffOptions } from './scff.ts'
export { phyll, type PhyllOptions } from './phyll.ts'
export type { Pool } from './pooling.ts'
export {
  hinge,
  softhinge,
  squared,
  linear as linearContrast,
  phyllContrast,
  type Contrast,
} from './contrast.ts'
export { infoNCE, type InfoNceOptions } from './infonce.ts'
export { ntXent, type NtXentOptions } from './nt-xent.ts'
export { barlowTwins, type BarlowTwinsOptions } from './barlow-twins.ts'
export { vicreg, type VicregOptions } from './vicreg.ts'
export { lpl, type LplOptions } from './lpl.ts'
export { byol, type ByolOptions } from './byol.ts'
export { simSiam, type SimSiamOptions } from './simsiam.ts'
export { clapp2021, type Clapp2021Options } from './clapp2021.ts'
export { cpc } from './cpc.ts'
export type { PatchOptions } from './patches.ts'
