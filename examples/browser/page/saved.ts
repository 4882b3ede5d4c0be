import type { Run } from './run.ts'

/** All figures of runs, for a file: losses by layer and step with all their digits. */
export const savedText = (runs: readonly Run[]): string =>
  `${JSON.stringify(
    runs.map(({ asked, steps, losses, accuracies, cosines, all }) => ({
      ...{ rule: asked.rule, seed: asked.seed, machine: asked.machine, steps },
      losses: Object.fromEntries(losses),
      accuracies: { ...Object.fromEntries(accuracies), all },
      agreement: Object.fromEntries(cosines),
    })),
    undefined,
    2,
  )}\n`

/** Hands a file over to the browser, to be saved. */
export function save(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => {
    URL.revokeObjectURL(link.href)
  }, 10_000)
}
