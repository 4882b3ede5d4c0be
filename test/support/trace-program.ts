export { traceProgram } from '../../testing/trace-program.ts'
