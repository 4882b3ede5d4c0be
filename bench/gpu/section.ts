/**
 * The process of a section: does its job and sends what it finds. Started by section-process.ts.
 *
 *     node --import tsx bench/gpu/section.ts JOB SURROUNDINGS
 */
import { jobSchema, surroundingsSchema, type Job, type Message, type Surroundings } from './job.ts'
import type { Tell } from './figures.ts'

/** Modules are loaded when they are needed: what one cannot load is no other's trouble. */
async function work(job: Job, surroundings: Surroundings, tell: Tell): Promise<void> {
  switch (job.section) {
    case 'machine':
      return (await import('./sections/machine.ts')).machine(surroundings, tell)
    case 'doctor':
      return (await import('./sections/commands.ts')).doctor(surroundings, tell)
    case 'train':
      return (await import('./sections/commands.ts')).train(surroundings, tell)
    case 'prepare':
      return (await import('./sections/prepare.ts')).prepare(job.case, surroundings, tell)
    case 'steps':
      return (await import('./sections/steps.ts')).steps(job.case, job.setting, surroundings, tell)
    case 'peer':
      return (await import('./sections/peer.ts')).peer(job.case, job.compile, surroundings, tell)
    case 'profile':
      return (await import('./sections/profile.ts')).profile(job.case, surroundings, tell)
    case 'augmentation':
      return (await import('./sections/augmentation.ts')).augmentation(surroundings, tell)
    case 'limits':
      return (await import('./sections/limits.ts')).limits(surroundings, tell)
  }
}

const send = (message: Message): Promise<void> =>
  new Promise((resolve, reject) => {
    if (process.send === undefined) {
      console.log(JSON.stringify(message))
      resolve()
    } else
      process.send(message, (error: Error | null) => {
        if (error) reject(error)
        else resolve()
      })
  })

// Whoever started this is gone: nobody would read what comes.
process.on('disconnect', () => process.exit(1))

const [job = '', surroundings = ''] = process.argv.slice(2)
try {
  await work(jobSchema.parse(JSON.parse(job)), surroundingsSchema.parse(JSON.parse(surroundings)), (found) =>
    send({ found }),
  )
  process.exit(0)
} catch (error) {
  console.error(error instanceof Error ? error.stack : error)
  await send({ failure: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}
