// A process that prepares three rows: it says how often it decoded them, or stops for ever after the second one.
import { setTimeout } from 'node:timers/promises'
import { prepared } from '../../runtime/data/cache/prepared.ts'

const [key, how] = process.argv.slice(2)
let times = 0
const numbers = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 0, 1, 2],
]
async function* rows() {
  times++
  for (const [number, values] of numbers.entries()) {
    if (number === 2 && how === 'hang') {
      process.send('halfway')
      await setTimeout(1_000_000)
    }
    await setTimeout(200)
    yield { row: Uint8Array.from(values), label: [2, 0, 1][number] }
  }
}
await prepared({
  key,
  name: 'three',
  shape: [1, 2, 2],
  type: 'uint8',
  classes: 3,
  total: 3,
  what: 'three',
  rows,
})
process.send(times)
process.disconnect()
