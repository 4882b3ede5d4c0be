/**
 * What the tests of a rule are written with.
 *
 * @module hebb/testing
 */
export { checkGradient, type GradientCheckOptions } from './check-gradient.ts'
export { checkUpdate, type UpdateCheckOptions } from './check-update.ts'
export { checkDescent, type DescentCheckOptions } from './check-descent.ts'
