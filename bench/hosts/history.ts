import type { Job } from './jobs.ts'
import type { Observed } from './observer.ts'

/**
 * What is wrong with how records were written: a run that was done twice, a writer who had lost it, steps that went back. Groups
 * of layers end with their job, all at once, and count who has taken them since they were last at a place to go on from.
 */
export function historyProblems(seen: readonly Observed[], kind: Job['kind']): string[] {
  const problems: string[] = []
  for (const key of new Set(seen.map((each) => each.key))) {
    const written = seen.filter((each) => each.key === key)
    const states = written.flatMap(({ now }) => (now ? [now] : []))
    const name = states[0]?.name ?? key
    const done = states.filter(({ state }) => state === 'done').length
    if (kind === 'sweep' && done !== 1) problems.push(`${name} was done ${done} times`)
    const failed = states.find(({ state }) => state === 'failed')
    if (failed) problems.push(`${name} failed: ${String(failed.failure)}`)
    for (const [i, now] of states.entries()) {
      const before = states[i - 1]
      if (!before) continue
      if (now.step < before.step) problems.push(`${name} went back from step ${before.step} to ${now.step}`)
      if (kind === 'sweep' && now.attempts < before.attempts)
        problems.push(`${name}: a worker wrote that had lost it`)
      const isAnother = now.worker !== null && before.worker !== null && now.worker !== before.worker
      if (isAnother && now.attempts === before.attempts)
        problems.push(`${name} went from a worker to another without being taken`)
    }
    if (written.at(-1)?.now) problems.push(`${name} is still on the server`)
  }
  return problems
}
