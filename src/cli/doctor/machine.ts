import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { here } from '#here'
import { cacheFolder } from '../../../runtime/data/cache/folder.ts'
import { keepsFreedMemory } from '../../../runtime/session/allocator.mjs'
import { availableCores } from '../../base/cores.ts'
import { orFileError } from '../../base/file-error.ts'
import { isThere } from '../../base/file-kind.ts'
import { systemText } from '../../base/system-text.ts'
import { writeNewFile } from '../../base/new-file.ts'
import { bytes } from '../units.ts'
import { good, looked, note, type Finding } from './finding.ts'

/** The machine, or what a container or a scheduler leaves of it. */
export const lookAtMachine = (): readonly Finding[] => [
  cores(),
  memory(),
  ...(process.platform === 'linux' ? [allocator(), ...hugePages()] : []),
  looked('this folder', () => writable('this folder', process.cwd())),
  looked('temporary folder', () => writable('temporary folder', tmpdir())),
  looked('cache', () => writable('cache', cacheFolder())),
]

function cores(): Finding {
  const [own, bound, all] = [availableCores(), availableParallelism(), cpus().length]
  const model = cpus()[0]?.model.trim() ?? ''
  const limits = [
    ...(bound < all ? [`bound to ${bound} of ${all}`] : []),
    ...(own < bound ? ['limited by a control group'] : []),
  ]
  const of = limits.length === 0 ? '' : ` (${limits.join(', ')})`
  return good('cores', `${own}${of}${model === '' ? '' : `, ${model}`}`)
}

function memory(): Finding {
  const [own, all] = [here.memory(), totalmem()]
  const limit = own < all ? `${bytes(own)} by a limit, of ${bytes(all)}` : bytes(all)
  return good('memory', `${limit}; ${bytes(freemem())} free`)
}

const allocator = (): Finding =>
  keepsFreedMemory()
    ? good('allocator', 'keeps freed memory, as hebb sets it')
    : note(
        'allocator',
        'is as the environment says (MALLOC_…, GLIBC_TUNABLES): each session keeps a peak of its own',
        'Unset these variables: hebb then sets its own, and needs less memory.',
      )

function hugePages(): readonly Finding[] {
  const path = '/sys/kernel/mm/transparent_hugepage/enabled'
  const [, chosen] = /\[(\w+)\]/.exec(systemText(path) ?? '') ?? []
  if (chosen === undefined) return []
  return chosen === 'never'
    ? [
        note(
          'huge pages',
          'never',
          `Large values are found faster with them: echo madvise > ${path}, as root.`,
        ),
      ]
    : [good('huge pages', chosen)]
}

/** Tries to write there, or where it would be made. */
function writable(name: string, folder: string): Finding {
  let nearest = folder
  while (!isThere(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  const path = join(nearest, `.hebb-doctor-${randomUUID()}`)
  orFileError('write', path, () => {
    writeNewFile(path, '')
    rmSync(path)
  })
  return good(name, `${folder} can be written`)
}
