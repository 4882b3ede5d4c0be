import { shown } from '../../src/base/file-error.ts'
import { commonPrefix, type NameMap } from './name-map.ts'

/** Who asks for the weights of a file: `hebb import`, or `hebb train --init`, which has other flags. */
export type Asked =
  | {
      readonly by: 'import'
      /** What the file's names are called here. */
      readonly map?: NameMap | undefined
      readonly only?: undefined
    }
  | {
      readonly by: 'init'
      /** The layers that are read; what the file has of others is left there. */
      readonly only: readonly string[] | undefined
      readonly map?: undefined
    }

/** In what a file and an encoder differ. */
interface Difference {
  readonly path: string
  /** Of each value that is missing, the names that it may have. */
  readonly wanted: readonly (readonly string[])[]
  /** Names of the file that nothing has asked for. */
  readonly unasked: readonly string[]
  /** Layers all of whose values are there, in their shapes. */
  readonly whole: readonly string[]
}

/** What to do about it, with the flags of the command that asked. */
export function helpFor({ by, only }: Asked, { path, wanted, unasked, whole }: Difference): string {
  const prefix = commonPrefix(wanted, unasked)
  const differs =
    prefix &&
    `${prefix.count === wanted.length ? 'All' : `${prefix.count} of the ${wanted.length}`} that are missing are there behind '${shown(prefix.prefix)}.'`
  const map = prefix ? `${shown(prefix.prefix)}=` : 'THEIRS=OURS,…'
  if (by === 'import' && wanted.length === 0 && unasked.length > 0)
    return "Leave out of the file what the encoder has not: save_file(model.encoder.state_dict(), …) of PyTorch's module."
  if (by === 'import')
    return differs === undefined
      ? 'Names that differ are given by --map THEIRS=OURS,…, such as features.0=conv1; leave out of the file what the encoder has not.'
      : `${differs}: --map ${map} takes that away.`
  const mapped = `hebb import PROGRAM ${path} --map ${map} --out FOLDER, then --init FOLDER`
  if (differs !== undefined) return `${differs}: ${mapped}`
  const some =
    only === undefined && whole.length > 0
      ? `Take only the layers that are there: --init-layers ${whole.join(',')}. `
      : ''
  return `${some}Names that differ: ${mapped}`
}
