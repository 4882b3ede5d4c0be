import { version as hebb } from '../../src/base/version.ts'
import { onnxruntime } from './onnxruntime.ts'

/** What computes here, by name: other versions may give other last bits. */
export const versions = (): Readonly<Record<string, string>> => {
  const { node: version } = onnxruntime().env.versions
  return { hebb, node: process.versions.node, ...(version === undefined ? {} : { onnxruntime: version }) }
}
