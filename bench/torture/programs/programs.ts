import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { loadCheckpoint } from '../../../runtime/files/checkpoint.ts'
import { openRun, runFiles } from '../../../runtime/files/run-folder.ts'
import { initialValues } from '../../../runtime/values/start.ts'
import { UserError } from '../../../src/base/error.ts'
import { complaints, firstLine } from '../complaints.ts'
import { startHebb } from '../hebb.ts'
import { runCases, type Outcome, type Settings, type Tally } from '../cases.ts'
import { writeImages } from '../images.ts'

/** More than compiling and training 400 layers takes on a busy machine. */
const SECONDS = 240

const programsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** Mistakes that no line of a program is to blame for: of files, of data, and those that only numbers show. */
const ofNoLine = /^(FileError|DataError|TrainingError): /m

/** A wrong program is told with file and line. */
function placeless({ code, stderr }: { readonly code: number | null; readonly stderr: string }): string[] {
  const named = /[\w.-]\.\w+:\d+/.test(stderr)
  return code !== 1 || named || ofNoLine.test(stderr) ? [] : [`no file and line: ${firstLine(stderr)}`]
}

/** A command that has worked has something to show for it. */
function withoutResult(command: string, stdout: string, run: string): string[] {
  if (command === 'inspect') return firstLine(stdout) === '' ? ['exit code 0, and nothing was shown'] : []
  if (!existsSync(runFiles(run).checkpoint)) return ['exit code 0, and nothing was trained']
  const { bundle, record } = openRun(run)
  const { values } = loadCheckpoint(runFiles(run).checkpoint, bundle)
  const start = initialValues(bundle.manifest.train, record.seed)
  const stayed = bundle.manifest.train.parameters.every(({ name }) => {
    const [before, after] = [start.get(name), values.get(name)]
    return before?.data.join() === after?.data.join()
  })
  return stayed ? ['exit code 0, and no parameter has moved'] : []
}

/** What a program says of its images, where it is right. */
const manifestSchema = z.object({
  program: z.object({ input: z.object({ channels: z.number(), height: z.number(), width: z.number() }) }),
})

/** A folder of images of the size that a program wants, as far as grey squares can be; of the usual size otherwise. */
async function imagesFor(stdout: string, images: string): Promise<string> {
  if (!stdout.startsWith('{')) return images
  const { channels, height, width } = manifestSchema.parse(JSON.parse(stdout)).program.input
  if (channels !== 1 || height !== width || height >= 28) return images
  const folder = `${images}-${height}`
  if (!existsSync(folder)) await writeImages(folder, { side: height })
  return folder
}

async function tryProgram(path: string, folder: string, images: string): Promise<Outcome> {
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary, { recursive: true })
  const training = ['--out', join(folder, 'run'), '--steps', '2', '--threads', '1']
  let data = images
  const counts: Record<string, number> = {}
  const violations: string[] = []
  for (const [command, ...rest] of [
    ['inspect', path, '--json', '--timeout', '120'],
    ['train', path, ...training, '--timeout', '120'],
  ] as const) {
    const options = { cwd: folder, env: { TMPDIR: temporary }, seconds: SECONDS }
    const words = command === 'train' ? [...rest, '--data', data] : rest
    const ended = await startHebb([command, ...words], options).ended
    if (command === 'inspect' && ended.code === 0) data = await imagesFor(ended.stdout, images)
    const { code, stdout, stderr, milliseconds } = ended
    const told = code === 0 ? 'right' : firstLine(stderr)
    console.log(
      `${String(code).padStart(4)} ${(milliseconds / 1000).toFixed(1).padStart(5)} s  ${command} ${path}  ${told}`,
    )
    const kind = `${command}: ${code === 0 ? 'right' : code === 1 ? 'wrong' : 'other end'}`
    counts[kind] = (counts[kind] ?? 0) + 1
    const problems = [...complaints(ended, [0, 1]), ...placeless(ended)]
    if (code === 0) problems.push(...withoutResult(command, stdout, join(folder, 'run')))
    violations.push(...problems.map((problem) => `${command}: ${problem}`))
  }
  return { counts, violations }
}

/** Every program below a folder is inspected, and trained for two steps; which are right, a human must say. */
export async function torture(settings: Settings): Promise<Tally | undefined> {
  const { programs, folder } = settings
  if (programs === undefined) return undefined
  const paths = programsIn(resolve(programs))
  if (paths.length === 0)
    throw new UserError('TortureError', `no programs in ${programs}`, { help: 'Give a folder of .ts files.' })
  const images = join(folder, 'images')
  await writeImages(images)
  return runCases((number) => {
    const path = paths[number]
    if (path === undefined) return undefined
    return { what: path, run: () => tryProgram(path, join(folder, String(number)), images) }
  }, settings)
}
