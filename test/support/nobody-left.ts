import { afterAll } from 'vitest'
import { endAll } from './started.ts'

/** Of each file of tests. */
afterAll(endAll)
