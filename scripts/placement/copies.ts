import { overTheBus, place, type Copy } from './rig.ts'
import type { Placed } from './graphs.ts'

/** What one run of a graph copies between host and device. */

/** Numbers of steps whose runs must copy equally often. */
const [fewer, more] = [4, 8]

/** What place.mjs says where a graph has convolutions. */
const CUDNN = 'cuDNN'

/** Bytes that the kernel of Concat, which columns need and cuDNN does not, gets at each launch: where its operands lie. */
const PARAMETERS = 2 ** 19

/** Prints the copies of a graph; false where their number grows with the steps of a run. */
export function tellCopies(rig: string, graph: Placed): boolean {
  const written = place(rig, graph.file, fewer).copies
  const columns = written === CUDNN ? graph.asColumns : undefined
  if (columns !== undefined) console.log('  with convolutions as columns, as cuDNN cannot be imitated:')
  const some = columns === undefined ? written : place(rig, columns, fewer).copies
  if (graph.stepsPerRun === 1) {
    console.log(typeof some === 'string' ? notRun(some) : listed(some))
    return true
  }
  const twice = place(rig, columns ?? graph.file, more).copies
  const least = columns === undefined ? 0 : PARAMETERS
  if (typeof some === 'string' || typeof twice === 'string') {
    for (const why of [some, twice]) if (typeof why === 'string') console.log(notRun(why))
    return true
  }
  console.log(`  ${fewer} steps: ${counted(some)}\n  ${more} steps: ${counted(twice)}`)
  const [once, again] = [some, twice].map((list) => overTheBus(list).filter(({ bytes }) => bytes > least))
  const same = once?.length === again?.length
  if (!same) console.log(`  NOT once per run:\n${listed(twice)}`)
  const small = (overTheBus(twice).length - overTheBus(some).length) / (more - fewer)
  if (same && small !== 0) console.log(`  once per run, but for parameters of Concat: ${small} a step`)
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
