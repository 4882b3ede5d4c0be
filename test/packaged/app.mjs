import { train } from 'hebb/runtime'

const [bundle, data, out] = process.argv.slice(2)
const { step } = await train({ bundle, data, out, steps: 3, threads: 1 })
console.log(`Node.js ${process.version}: ${step} steps`)
