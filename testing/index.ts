/** What the tests of a rule are written with. */
export { checkGradient, type GradientCheckOptions } from './check-gradient.ts'
