/**
 * Writes what docs/benchmarks.md says in short, and the README in a sentence, out of the figures of the tables: nothing is
 * measured.
 *
 *     npx tsx bench/summary.ts
 */
import { writeSection } from './record.ts'
import { sentence, summary } from './summary-text.ts'

await writeSection('docs/benchmarks.md', 'summary', summary())
await writeSection('README.md', 'speed', sentence())
