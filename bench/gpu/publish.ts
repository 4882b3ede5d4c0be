import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UserError } from '../../src/base/error.ts'
import { writeSection } from '../record.ts'
import { ofKind, type Figure } from './figures.ts'
import { rendered } from './render.ts'

const SECTION = 'first contact'
const COMMAND = 'npx tsx bench/gpu/first-contact.ts'

/**
 * Puts tables into the documents, and the figures beside those of other benchmarks.
 *
 * @param commit that was measured, where the machine did not know
 * @throws UserError ('BenchmarkError') where nobody knows
 */
export async function publishContact(figures: readonly Figure[], commit: string | undefined): Promise<void> {
  const [machine] = ofKind(figures, 'machine')
  if (machine === undefined)
    throw new UserError('BenchmarkError', 'the figures do not say of which machine they are', {
      help: 'Without that they are not published.',
    })
  const known = commit ?? machine.commit
  if (!/^[0-9a-f]{7}/.test(known))
    throw new UserError('BenchmarkError', `which commit was measured is not known: ${known}`, {
      help: 'Say it: --commit HASH',
    })
  const conditions = machine.conditions.replace(`commit ${machine.commit}`, `commit ${known.slice(0, 7)}`)
  await writeSection('docs/benchmarks.md', SECTION, `${rendered(figures)}\n\n\`${COMMAND}\`: ${conditions}`)
  const path = fileURLToPath(new URL(`../results/${SECTION.replaceAll(' ', '-')}.json`, import.meta.url))
  writeFileSync(path, `${JSON.stringify({ section: SECTION, command: COMMAND, figures }, null, 2)}\n`)
}
