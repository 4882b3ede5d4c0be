import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnxruntimeFolder } from '../onnxruntime/find.ts'
import { nodesOffCuda } from './placement-log.ts'

/** Only onnxruntime's log names nodes, and it goes to the process' stderr: so a process of its own is asked. */
const ask = (file: string): string => `
import { createRequire } from 'node:module'
const ort = createRequire(${JSON.stringify(import.meta.url)})(${JSON.stringify(onnxruntimeFolder())})
ort.env.logLevel = 'verbose'
await ort.InferenceSession.create(${JSON.stringify(file)}, { executionProviders: ['cuda'], logSeverityLevel: 0 })
`

/** The operators of a graph that CUDA leaves to the CPU, `MaxUnpool ×2`; undefined where that is not known. */
export function leftToCpu(graph: Uint8Array): string[] | undefined {
  const folder = temporaryFolder()
  if (folder === undefined) return undefined
  try {
    const file = join(folder, 'graph.onnx')
    writeFileSync(file, graph)
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', ask(file)], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    })
    return nodesOffCuda(stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Undefined where nothing can be written for a while. */
function temporaryFolder(): string | undefined {
  try {
    return mkdtempSync(join(tmpdir(), 'hebb-placement-'))
  } catch {
    return undefined
  }
}
