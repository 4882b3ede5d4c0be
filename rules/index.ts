export {
  clapp,
  clappPlusPlus,
  clappDirectFeedback,
  clappBoth,
  type ClappOptions,
  type Pool,
} from './clapp.ts'
export { hinge, softhinge, linear as linearContrast, phyll, type Contrast } from './contrast.ts'
export { infoNCE, type InfoNceOptions } from './infonce.ts'
