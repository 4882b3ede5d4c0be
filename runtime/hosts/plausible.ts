import { bytesOfShape } from '../../src/base/type.ts'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { scalarsOf } from '../../src/bundle/scalars.ts'
import { isAppended, isCheckpoint } from './run-paths.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { RunJob } from './run-job.ts'

/**
 * How large the files of a run may be at most, by its program and its length: a record may be a stranger's, and names any files of
 * the server, the same one many times over, which would fill the disk of whoever fetches them.
 */

const MB = 1024 * 1024

/** Names of values and what else a file of them begins with. */
const HEADER = MB
const A_STEP = 8 * 1024
/** Of each layer, probe, graph and number that a rule logs, what a line says of it at most. */
const A_PART = 1024
/** run.json and probe.json: figures of every layer, and of every class. */
const OTHERS = 256 * MB
/** Beside those that are kept: the last, the best, and the one that goes while another one comes. */
const MORE_CHECKPOINTS = 3

type Sized = Pick<RunJob, 'files' | 'steps' | 'flags'>

function checkpointBytes({ train, encode }: Pick<Manifest, 'train' | 'encode'>): number {
  const values = [train, encode].flatMap(({ parameters, states }) => [...parameters, ...states])
  return values.reduce((sum, { type, shape }) => sum + bytesOfShape(type, shape) + A_PART, HEADER)
}

/** @throws UserError ('ServerError') where a record names more than its run can have */
export function requirePlausible({ files, steps, flags }: Sized, manifest: Manifest): void {
  const paths = new Set<string>()
  const checkpoint = checkpointBytes(manifest)
  const { program, probes, train } = manifest
  const numbers = scalarsOf(train.graphs).length
  const parts = program.layers.length + probes.length + train.graphs.length + numbers
  const kept = Number(flags['--keep'] ?? 0)
  const room = {
    checkpoints: (kept + MORE_CHECKPOINTS) * checkpoint,
    // Lines of metrics, of probes, and events of both.
    lines: 3 * (MB + steps * (A_STEP + A_PART * parts)),
    others: OTHERS,
  }
  for (const { path, parts: pieces } of files) {
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
    const kind = isCheckpoint(path) ? 'checkpoints' : isAppended(path) ? 'lines' : 'others'
    room[kind] -= bytes
    const isTooLarge = kind === 'checkpoints' && bytes > checkpoint
    if (paths.has(path) || isTooLarge || !(room[kind] >= 0))
      throw new UserError('ServerError', `a record names more of ${shown(path)} than its run can have`, {
        help: 'Somebody else has written it: look at who may write on that server.',
      })
    paths.add(path)
  }
}
