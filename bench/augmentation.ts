/**
 * Augmented views a second, ours and torchvision's in turn, both from the bytes of images to normalised views.
 *
 *     npx tsx bench/augmentation.ts            images of 32 and of 96 pixels
 *     npx tsx bench/augmentation.ts cifar10    of 32 pixels alone
 */
import { Argument } from 'commander'
import { join } from 'node:path'
import { compile } from '../src/index.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { writeSafetensors } from '../runtime/files/safetensors.ts'
import { writeCase } from './case.ts'
import { together } from './contestant.ts'
import { judge, race } from './duel.ts'
import { environment } from './environment.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand } from './options.ts'
import { bytes, withFolder } from './prepare.ts'
import { dataSets, type DataSet } from './programs.ts'
import { publish } from './record.ts'
import { augmentation } from './simclr.ts'
import { showRatio, showTime } from './units.ts'
import type { Spread } from './statistics.ts'

const IMAGES = 2048

async function measure(
  data: DataSet,
  { keep, ...settings }: ReturnType<typeof parseSettings>,
): Promise<void> {
  // Workers need a while until all are at it.
  const pace = { ...settings.pace, milliseconds: 4 * settings.pace.milliseconds }
  const { size } = dataSets[data]
  const { program, told } = augmentation(size, data === 'cifar10' ? [0.25, 1] : [0.08, 1])
  const result = await withFolder(async (folder) => {
    writeBundle(join(folder, 'bundle'), compile(program))
    writeCase(folder, told)
    const images = bytes('images', [IMAGES, 3, size, size])
    writeSafetensors(join(folder, 'images.safetensors'), [['images', images]])
    const met = await together(settings, ({ hebb, pyTorch }) =>
      race({
        folder,
        ours: [{ name: 'hebb', told: 'hebb', contestant: hebb }],
        theirs: [{ name: 'torchvision', told: 'torchvision', contestant: pyTorch }],
        pace,
      }),
    )
    return judge(`${size} pixels`, met)
  })
  const { title, ours, rivals } = result.comparison
  const views = program.views.length * program.batch
  const cells = (time: Spread) => [showTime(time), ((1000 * views) / time.median).toFixed(0)]
  const head = [
    '',
    'Hebb, a batch',
    'views/s',
    'torchvision, a batch',
    'views/s',
    'ratio of times',
    'of fastest rounds',
  ]
  const rows = rivals.map(({ time, ratio, ratioOfFastest }) => [
    title,
    ...cells(ours.time),
    ...cells(time),
    showRatio(ratio),
    ratioOfFastest.toFixed(2),
  ])
  const report = {
    section: `augment ${data}`,
    command: commandLine('augmentation'),
    environment: environment(settings, [result]),
    results: result.comparison,
    markdown: table(head, rows),
  }
  await publish(report, keep)
}

const names = Object.keys(dataSets) as DataSet[]

const command = benchmark(
  'augmentation',
  'Augmented views a second beside torchvision with 2 worker processes.',
)
  .addArgument(new Argument('[data]', 'whose images: 32 or 96 pixels (default: both)').choices(names))
  .action(async (data: DataSet | undefined) => {
    for (const each of data === undefined ? names : [data]) await measure(each, parseSettings(command))
  })

await runCommand(command)
