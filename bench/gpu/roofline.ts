/**
 * What training steps take of an H100 at least, by what the compiler counts: writes the table of docs/gpu-server.md. Nothing is
 * measured.
 *
 *     npx tsx bench/gpu/roofline.ts
 *     npx tsx bench/gpu/roofline.ts --print     leaves the document as it is
 */
import { environment } from '../environment.ts'
import { writeSection } from '../record.ts'
import { rooflineTable } from './roofline-table.ts'

const text = rooflineTable()
const { date, commit } = environment({ threads: null, ompWait: '', allocator: 'own' }, [])
const told = `\`npx tsx bench/gpu/roofline.ts\`: ${date}, commit ${commit}. Counted by the compiler; nothing is measured.`
console.log(`${text}\n\n${told}`)
if (!process.argv.includes('--print'))
  await writeSection('docs/gpu-server.md', 'roofline', `${text}\n\n${told}`)
