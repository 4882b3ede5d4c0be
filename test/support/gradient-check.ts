export { gradientError } from '../../testing/gradient-error.ts'
