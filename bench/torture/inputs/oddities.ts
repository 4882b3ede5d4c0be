import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { joined } from './safetensors.ts'

/** Things that stand where a file is meant, or files of a size that nobody reckoned with. */
export interface Oddity {
  readonly told: string
  readonly put: (path: string) => void
}

const MB = 2 ** 20

const link = (told: string, target: (path: string) => string): Oddity => ({
  told,
  put: (path) => {
    symlinkSync(target(path), path)
  },
})
const file = (told: string, content: () => Uint8Array | string): Oddity => ({
  told,
  put: (path) => {
    writeFileSync(path, content())
  },
})
const header = (told: string, text: () => string): Oddity =>
  file(told, () => joined(text(), new Uint8Array(0)))

const nested = () => '['.repeat(1e6) + ']'.repeat(1e6)
const emptyTensor = { dtype: 'F32', shape: [0], data_offsets: [0, 0] }
const manyTensors = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, emptyTensor])))

const anywhere: readonly Oddity[] = [
  { told: 'a named pipe', put: (path) => execFileSync('mkfifo', [path]) },
  { told: 'a folder', put: (path) => mkdirSync(path, { recursive: true }) },
  link('a link to itself', (path) => path),
  link('a link to nowhere', (path) => `${path}.gone`),
  link('a link to /dev/zero', () => '/dev/zero'),
  link('a link to /dev/null', () => '/dev/null'),
  { told: 'nothing', put: () => undefined },
  {
    told: 'a file of 3 GiB, all zeros',
    put: (path) => {
      writeFileSync(path, '')
      truncateSync(path, 3 * 2 ** 30)
    },
  },
  file('gzip of 700 MB in a few', () => gzipSync(new Uint8Array(700 * MB), { level: 1 })),
]

const ofSafetensors: readonly Oddity[] = [
  header('a header of 90 MB in one text', () =>
    JSON.stringify({ __metadata__: { format: 'hebb-checkpoint' }, x: 'a'.repeat(90 * MB) }),
  ),
  header('300,000 empty tensors', () => manyTensors(300_000)),
  header('a header of 1,500,000 tensors', () => manyTensors(1_500_000)),
  header('a header nested a million deep', nested),
]

const ofText: readonly Oddity[] = [
  file('a list nested a million deep', nested),
  file('one text of 90 MB', () => JSON.stringify('a'.repeat(90 * MB))),
  file('bytes that are no text', () => Uint8Array.from([0xff, 0xfe, 0, 0x80])),
]

/** Puts the oddity in a file's place. */
export function replace(path: string, { put }: Oddity): void {
  rmSync(path, { recursive: true, force: true })
  put(path)
}

export const odditiesFor = (name: string): readonly Oddity[] => [
  ...anywhere,
  ...(name.endsWith('.safetensors') ? ofSafetensors : []),
  ...(/\.jsonl?$/.test(name) ? ofText : []),
]
