import { at } from '../../base/lists.ts'
import { batchesPerEpoch } from '../../../runtime/batches/epoch.ts'
import { lengthsOf, type RunRecord } from '../../../runtime/files/run-record.ts'
import { percentOf, plural } from '../units.ts'
import { shellCommand } from '../shell-word.ts'
import type { OpenedRun } from './opened.ts'

/** How a run was made, in words, and as the command that makes it again. */

const number = (value: number): string => value.toLocaleString('en-GB')

/** Label and value, of all that the bits of a run depend on. */
export function settingsOf({ run, step }: OpenedRun): readonly (readonly [label: string, value: string])[] {
  const { record, bundle } = run
  const { program, train, compiler } = bundle.manifest
  const { dataset, data, split, images, seed, totalSteps, provider, threads, init, versions } = record
  const [channels, height, width] = dataset.shape
  const classes = dataset.classes === undefined ? '' : `, ${dataset.classes} classes`
  // Of images of which some are set aside, nobody but who trains knows how many are left.
  const perEpoch =
    record.validation === undefined ? `, ${number(batchesPerEpoch(dataset.count, train.batch))} an epoch` : ''
  const { name, ...optimizer } = program.optimizer
  return [
    ['Encoder', program.layers.map(({ name, summary }) => `${name}: ${summary}`).join(' → ')],
    ['Rule', `${program.rule}, ${program.credit} credit`],
    [
      'Optimizer',
      [String(name), ...Object.entries(optimizer).map(([key, value]) => `${key} ${String(value)}`)].join(
        ', ',
      ),
    ],
    ...(train.rate ? [['Learning rate', `${train.rate.lr}, ${train.rate.kind}`] as const] : []),
    ['Batch', `${plural(train.batch, 'image')} in ${plural(program.views.length, 'view')}`],
    ['Steps', `${number(step)} of ${number(totalSteps)}${perEpoch}`],
    [
      'Images',
      `${dataset.name}, ${split}: ${number(dataset.count)} of ${channels} × ${height} × ${width}${classes}`,
    ],
    ['Where they lie', data],
    ['SHA-256 of the images', images],
    ['Seed', String(seed)],
    ...(init
      ? [
          [
            'Weights to start with',
            `${init.weights}${init.layers ? ` (${init.layers.join(', ')})` : ''}, SHA-256 ${init.sha256}`,
          ] as const,
        ]
      : []),
    ['Provider', `${provider}, ${plural(threads, 'thread')}`],
    ...optionsOf(record),
    ['Compiled by', `hebb ${compiler}`],
    ...(versions
      ? [
          [
            'Run by',
            Object.entries(versions)
              .map((each) => each.join(' '))
              .join(', '),
          ] as const,
        ]
      : []),
    ['Identity of the program', record.identity],
  ]
}

const optionsOf = (record: RunRecord): (readonly [string, string])[] => [
  ...(record.options
    ? [
        [
          'Options',
          Object.entries(record.options)
            .map(([name, value]) => `${name} ${String(value)}`)
            .join(', '),
        ] as const,
      ]
    : []),
  ...(record.validation === undefined
    ? []
    : [['Set aside', `${percentOf(record.validation)} of the images`] as const]),
  ...(record.command ? [['Begun by', shellCommand(record.command)] as const] : []),
  ...lengthsOf(record)
    .slice(1)
    .map(
      ({ steps, from }) => ['Made longer', `to ${number(steps)} steps, after step ${number(from)}`] as const,
    ),
]

/**
 * Trains the same bits again into another folder, by nothing but what the run's folder and its data hold; undefined of
 * a run that was made longer before it had come to its end, which no command does again.
 */
export function commandOf({ run: { folder, record } }: OpenedRun): string | undefined {
  const { data, split, seed, provider, threads, checkpointEvery, keep, keepBest, init } = record
  const optional = (flag: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [flag, String(value)]
  const lengths = lengthsOf(record)
  const isPlain = lengths.every(({ from }, i) => from === (i === 0 ? 0 : lengths[i - 1]?.steps))
  if (!isPlain) return undefined
  const out = `${folder.replace(/[\\/]+$/, '')}-again`
  const start = [
    ...['hebb', 'train', `${folder}/bundle`, '--data', data, '--split', split, '--out', out],
    ...['--steps', String(at(lengths, 0).steps), '--seed', String(seed)],
    ...['--provider', provider, '--threads', String(threads), '--checkpoint-every', String(checkpointEvery)],
    ...[...optional('--keep', keep), ...optional('--keep-best', keepBest)],
    ...optional('--probe-every', record.probeEvery),
    ...optional('--validation', record.validation),
    ...(record.tensorboard === false ? ['--no-tensorboard'] : []),
    ...[...optional('--init', init?.weights), ...optional('--init-layers', init?.layers?.join(','))],
  ]
  const goingOn = lengths
    .slice(1)
    .map(({ steps }) => shellCommand(['hebb', 'train', '--resume', '--out', out, '--steps', String(steps)]))
  return [shellCommand(start), ...goingOn].join(' &&\n')
}
