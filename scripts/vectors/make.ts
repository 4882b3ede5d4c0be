import { mkdirSync, writeFileSync } from 'node:fs'
import { vectors, vectorsFolder } from './vectors.ts'

/** Writes docs/vectors: examples of all that docs/bundle.md specifies. `npm run vectors`. */

mkdirSync(vectorsFolder, { recursive: true })
for (const [name, text] of Object.entries(await vectors())) {
  writeFileSync(new URL(name, vectorsFolder), text)
  console.log(`docs/vectors/${name}: ${text.length} bytes`)
}
