import { UserError } from '../base/error.ts'
import { compileAlignment } from '../compile-gradients.ts'
import { requireLabelsRead } from '../../runtime/batches/check-dataset.ts'
import { openFor } from '../../runtime/batches/open-for.ts'
import { preparingVisibly } from './preparing.ts'
import type { DataSource } from '../../runtime/data/format.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { averagedValues } from '../../runtime/values/averaged.ts'
import { loadRunCheckpoint, type RunFolder } from '../../runtime/files/run-folder.ts'
import { classesOfData, classesOfRun, withProgramOf } from './classes.ts'
import type { LoadFlags } from './settings.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'
import type { Values } from '../../runtime/values/value-store.ts'

type Compiled = ReturnType<typeof compileAlignment>

/** Where parameters are from; whether they are the averages that the run keeps. */
export interface CheckpointOfRun {
  readonly run: string
  readonly step: number
  /** Its SHA-256. */
  readonly checksum: string
  readonly average?: true
}

/** A program that is ready to be measured: compiled, with the parameters at which it is. */
export interface PreparedProgram {
  /** As it was named on the command line. */
  readonly path: string
  readonly compiled: Compiled
  /** As the program is shown it. */
  readonly dataset: Dataset
  readonly values: Values
  /** The run that the parameters are from; undefined: they are the seed's. */
  readonly checkpoint: CheckpointOfRun | undefined
}

export interface PrepareOptions extends LoadFlags {
  readonly path: string
  readonly run: RunFolder | undefined
  readonly data: DataSource
  readonly seed: number
  readonly projectionRate: number | undefined
  /** Whether the averages of the run's weights stand in for them. */
  readonly average: boolean
}

/** @throws UserError for mistakes in the program, and where data or checkpoint do not fit it. */
export async function prepareProgram(options: PrepareOptions): Promise<PreparedProgram> {
  const { path, run, data, seed, projectionRate, timeout, set, average } = options
  const kept = run?.bundle.manifest.program.options
  const classesOf = run ? classesOfRun(run) : classesOfData(data)
  const compiled = await withProgramOf(path, { timeout, set, kept }, classesOf, (program) =>
    compileAlignment(program, { projectionRate }),
  )
  const { alignment, projections } = compiled.manifest
  const dataset = await openFor(compiled.manifest, data, 'train', preparingVisibly())
  const learning = projections ? [alignment, projections] : [alignment]
  requireLabelsRead(dataset, compiled.manifest, compiled.manifest.augment, ...learning)
  const start = new Map([
    ...initialValues(alignment, seed),
    ...(projections ? initialValues(projections, seed) : []),
  ])
  if (!run) return { path, compiled, dataset, values: start, checkpoint: undefined }
  const { values, step, checksum } = loadRunCheckpoint(run)
  requireSameLayers(run, compiled)
  const wanted = average ? averagedValues(run.bundle.manifest, values) : values
  const loaded = fitting(alignment, wanted, run, compiled)
  return {
    path,
    compiled,
    dataset,
    values: new Map([...start, ...loaded]),
    checkpoint: { run: run.folder, step, checksum, ...(average ? { average } : {}) },
  }
}

const misfit = (run: RunFolder, { manifest }: Compiled, problem: string): UserError =>
  new UserError(
    'CheckpointError',
    `the checkpoint of ${run.folder} ('${run.record.program}') does not fit '${manifest.program.name}': ${problem}`,
    { help: 'Give the run of this program, or one checkpoint per program, in their order.' },
  )

function requireSameLayers(run: RunFolder, compiled: Compiled): void {
  const show = ({ layers }: Compiled['manifest']['program']) =>
    layers.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')
  const [trained, wanted] = [show(run.bundle.manifest.program), show(compiled.manifest.program)]
  if (trained !== wanted) throw misfit(run, compiled, `its layers are ${trained}, not ${wanted}`)
}

/** The values of a run that a section reads. */
function fitting(
  { parameters, states }: Compiled['manifest']['alignment'],
  values: Values,
  run: RunFolder,
  compiled: Compiled,
): [string, HostTensor][] {
  return [...parameters, ...states].map(({ name, type, shape }) => {
    const found = values.get(name)
    if (!found) throw misfit(run, compiled, `it has no '${name}'`)
    if (found.type !== type || found.shape.join() !== shape.join())
      throw misfit(
        run,
        compiled,
        `its '${name}' is ${found.type}[${found.shape.join(', ')}], not ${type}[${shape.join(', ')}]`,
      )
    return [name, found]
  })
}
