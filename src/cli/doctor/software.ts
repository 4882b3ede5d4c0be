import { createRequire } from 'node:module'
import { onnxruntimeFolder } from '../../../runtime/onnxruntime/find.ts'
import { versions } from '../../../runtime/session/versions.ts'
import { UserError } from '../../base/error.ts'
import { version } from '../../base/version.ts'
import { bad, good, looked, note, type Finding } from './finding.ts'

/** The versions of what runs graphs, and whether it can be loaded. */
export const lookAtSoftware = (): readonly Finding[] => [
  good('hebb', version),
  good('Node.js', `${process.versions.node}, ${process.platform} ${process.arch}`),
  ...(process.platform === 'linux' ? [libc()] : []),
  looked('onnxruntime', onnxruntime),
  ...(process.env.HEBB_ONNXRUNTIME === undefined
    ? []
    : [note('HEBB_ONNXRUNTIME', process.env.HEBB_ONNXRUNTIME)]),
]

function libc(): Finding {
  const report: unknown = process.report.getReport()
  const header: unknown =
    typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : undefined
  const glibc: unknown =
    typeof header === 'object' && header !== null ? Reflect.get(header, 'glibcVersionRuntime') : undefined
  return typeof glibc === 'string'
    ? good('C library', `glibc ${glibc}`)
    : bad(
        'C library',
        'not glibc',
        'onnxruntime-node needs glibc: use Debian, Ubuntu or the like in place of Alpine.',
      )
}

function onnxruntime(): Finding {
  const folder = onnxruntimeFolder()
  try {
    createRequire(import.meta.url)(folder)
  } catch (error) {
    throw new UserError('ProviderError', `${folder} cannot be loaded: ${firstLine(error)}`, {
      help: 'Install it anew: npx hebb install-onnxruntime, or npm ci in a clone.',
    })
  }
  return good('onnxruntime', `${versions().onnxruntime ?? 'of no known version'}, in ${folder}`)
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
