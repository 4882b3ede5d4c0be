import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Both outputs of a command of hebb go to the log as well. */
function hebb(words: readonly string[]): {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/hebb.mjs', ...words], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  console.log(`${stdout}\n${stderr}`)
  return { code: status ?? -1, stdout, stderr }
}

const examined = z.object({
  groups: z.array(
    z.object({
      findings: z.array(
        z.object({
          name: z.string(),
          state: z.string(),
          found: z.string(),
          help: z.string().optional(),
        }),
      ),
    }),
  ),
})

/** Whether a run could start, with everything that `hebb doctor` looked at. */
export async function doctor({ provider }: Surroundings, tell: Tell): Promise<void> {
  const words = ['doctor', '--provider', provider, '--json']
  const { code, stdout, stderr } = hebb(words)
  const read = stdout.trim().startsWith('{') ? examined.parse(JSON.parse(stdout)) : undefined
  const findings = (read?.groups ?? []).flatMap((group) => group.findings)
  const said = findings.map(({ name, state, found, help }) =>
    [state === 'good' ? '' : `${state}: `, `${name}: ${found}`, help === undefined ? '' : ` (${help})`].join(
      '',
    ),
  )
  const command = `hebb ${words.join(' ')}`
  await tell({ kind: 'command', command, code, said: read === undefined ? [stderr.trim()] : said })
}

/** Steps that a whole training is tried with; without a GPU a few show that it works. */
const steps = { cuda: 600, cpu: 40 } as const

const event = z.looseObject({ event: z.string(), message: z.string().optional() })

/** A training as a user starts it, on images: with what it says of itself, such as how many steps a run has. */
export async function train({ provider, folder }: Surroundings, tell: Tell): Promise<void> {
  const words = [
    ...['train', 'rules/recipes/fashion-mnist.ts#plusPlus', '--data', 'data/fashion-mnist'],
    ...['--provider', provider, '--steps', String(steps[provider])],
  ]
  const { code, stdout, stderr } = hebb([...words, '--out', join(folder, 'trained'), '--log', 'json'])
  const said = `${stderr}\n${stdout}`.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    const { event: name, message, ...rest } = event.parse(JSON.parse(line))
    return name === 'trained' ? [JSON.stringify(rest)] : message === undefined ? [] : [message]
  })
  await tell({ kind: 'command', command: `hebb ${words.join(' ')}`, code, said })
}
