import { overTheBus, place, type Copy } from './rig.ts'
import type { Placed } from './graphs.ts'

/** What one run of a graph copies between host and device. */

/** Numbers of steps whose runs must copy equally often. */
const [fewer, more] = [4, 8]

/** What place.mjs says where a graph has convolutions. */
const CUDNN = 'cuDNN'

/** Prints the copies of a graph; false where something is copied in every step of a run. */
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
  if (typeof some === 'string' || typeof twice === 'string') {
    for (const why of [some, twice]) if (typeof why === 'string') console.log(notRun(why))
    return true
  }
  console.log(`  ${fewer} steps: ${counted(some)}\n  ${more} steps: ${counted(twice)}`)
  const repeated = inEachStep(once(some, fewer, graph), once(twice, more, graph))
  if (repeated.length > 0) console.log(`  NOT once per run, but in each step:\n${listed(repeated)}`)
  return repeated.length === 0
}

/** Over the bus, without those of what is stacked along the steps of a run: they are as many whatever its length. */
function once(copies: readonly Copy[], steps: number, { stacked }: Placed): Copy[] {
  const left = [...overTheBus(copies)]
  for (const each of stacked) {
    const place = left.findIndex(({ way, bytes }) => way === each.way && bytes === steps * each.bytes)
    if (place >= 0) left.splice(place, 1)
  }
  return left
}

/** What the longer of two runs copies more often, for one step. */
function inEachStep(shorter: readonly Copy[], longer: readonly Copy[]): Copy[] {
  const key = ({ way, bytes }: Copy) => `${way} ${bytes}`
  const known = new Map<string, number>()
  for (const copy of shorter) known.set(key(copy), (known.get(key(copy)) ?? 0) + 1)
  const added = longer.filter((copy) => {
    const left = known.get(key(copy)) ?? 0
    known.set(key(copy), left - 1)
    return left <= 0
  })
  return added.toSorted((a, b) => a.bytes - b.bytes).filter((_, i) => i % (more - fewer) === 0)
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
