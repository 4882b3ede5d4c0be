import { overTheBus, place, type Copy } from './rig.ts'
import type { Placed } from './graphs.ts'

/** What one run of a graph copies between host and device. */

/** Numbers of steps whose runs must copy equally often. */
const [fewer, more] = [4, 8]

/** Prints the copies of a graph; false where their number grows with the steps of a run. */
export function tellCopies(rig: string, { file, stepsPerRun }: Placed): boolean {
  if (stepsPerRun === 1) {
    const { copies } = place(rig, file, 1)
    console.log(typeof copies === 'string' ? notRun(copies) : listed(copies))
    return true
  }
  const [some, twice] = [place(rig, file, fewer).copies, place(rig, file, more).copies]
  if (typeof some === 'string' || typeof twice === 'string') {
    for (const why of [some, twice]) if (typeof why === 'string') console.log(notRun(why))
    return true
  }
  console.log(`  ${fewer} steps: ${counted(some)}\n  ${more} steps: ${counted(twice)}`)
  const same = overTheBus(some).length === overTheBus(twice).length
  if (!same) console.log(`  NOT once per run:\n${listed(twice)}`)
  return same
}

const notRun = (why: string): string => `  not run: ${why} cannot be imitated`

function counted(copies: readonly Copy[]): string {
  const of = (wanted: Copy['way']) => {
    const found = copies.filter(({ way }) => way === wanted)
    return `${found.length} copies, ${found.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`
  }
  return `${of('H2D')} to the device; ${of('D2H')} back`
}

/** `H2D 1048576 bytes ×3`, most bytes first. */
function listed(copies: readonly Copy[]): string {
  const kinds = new Map<string, number>()
  for (const { way, bytes } of copies.toSorted((a, b) => b.bytes - a.bytes))
    kinds.set(`${way} ${bytes} bytes`, (kinds.get(`${way} ${bytes} bytes`) ?? 0) + 1)
  return [...kinds].map(([kind, times]) => `  ${kind} ×${times}`).join('\n')
}
