import { z } from 'zod'
import { caseNames, type CaseName } from './cases.ts'
import { deviceSettings, foundSchema } from './figures.ts'

/** What a section's process is told to do. */

const isCase = (name: string): name is CaseName => caseNames.some((each) => each === name)
export const caseName = z.string().refine(isCase)

export const jobSchema = z.discriminatedUnion('section', [
  z.strictObject({ section: z.literal('machine') }),
  /** `hebb doctor`, and `hebb train`: what a user would begin with. */
  z.strictObject({ section: z.literal('doctor') }),
  z.strictObject({ section: z.literal('train') }),
  /** Compiles a case, writes what both sides read, and finds the losses of the CPU. */
  z.strictObject({ section: z.literal('prepare'), case: caseName }),
  z.strictObject({ section: z.literal('steps'), case: caseName, setting: z.enum(deviceSettings) }),
  z.strictObject({ section: z.literal('peer'), case: caseName, compile: z.boolean() }),
  z.strictObject({ section: z.literal('profile'), case: caseName }),
  z.strictObject({ section: z.literal('augmentation') }),
  z.strictObject({ section: z.literal('limits') }),
])
export type Job = z.infer<typeof jobSchema>

export function jobName(job: Job): string {
  switch (job.section) {
    case 'prepare':
    case 'profile':
      return `${job.section} ${job.case}`
    case 'steps':
      return `steps ${job.case}, ${job.setting}`
    case 'peer':
      return `PyTorch ${job.case}${job.compile ? ', compiled' : ''}`
    case 'machine':
    case 'doctor':
    case 'train':
    case 'augmentation':
    case 'limits':
      return job.section
  }
}

/** What the process of a section sends: what it found, or why it cannot go on. */
export const messageSchema = z.union([
  z.strictObject({ found: foundSchema }),
  z.strictObject({ failure: z.string() }),
])
export type Message = z.infer<typeof messageSchema>

/** What all sections are told. */
export const surroundingsSchema = z.strictObject({
  provider: z.enum(['cuda', 'cpu']),
  python: z.string(),
  /** Of an operation on the CPU. */
  threads: z.number(),
  /** Of the cases. */
  folder: z.string(),
  /** Seconds for the timing of one thing. */
  turn: z.number(),
})
export type Surroundings = z.infer<typeof surroundingsSchema>
