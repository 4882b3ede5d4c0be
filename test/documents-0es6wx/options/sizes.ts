import { compile } from 'hebb'
import tuned from './tuned.ts'

for (const width of [1, 1 / 2, 1 / 4]) {
  const { manifest } = compile(tuned.with({ width }))
  console.log(manifest.program.options, manifest.train.parameters.length)
}
