import { batchesPerEpoch } from '../../../runtime/batches/epoch.ts'
import { lengthsOf, type RunRecord } from '../../../runtime/files/run-record.ts'
import { deviceOf, describeTf32 } from '../../../runtime/session/options.ts'
import { percentOf, plural } from '../units.ts'
import { begunBy } from './commands.ts'
import { nounOf } from './noun.ts'
import type { OpenedRun } from './opened.ts'

/** How a run was made, in words. */

const number = (value: number): string => value.toLocaleString('en-GB')

/** Label and value, of all that the bits of a run depend on. */
export function settingsOf({ run, step }: OpenedRun): readonly (readonly [label: string, value: string])[] {
  const { record, bundle } = run
  const { program, train, compiler } = bundle.manifest
  const { dataset, data, split, images, seed, totalSteps, provider, devices, tf32, threads, init, versions } =
    record
  const [channels, height, width] = dataset.shape
  const noun = nounOf({ height })
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
    ['Batch', `${plural(train.batch, noun)} in ${plural(program.views.length, 'view')}`],
    ['Steps', `${number(step)} of ${number(totalSteps)}${perEpoch}`],
    [
      noun === 'signal' ? 'Signals' : 'Images',
      `${dataset.name}, ${split}: ${number(dataset.count)} of ${[channels, ...(noun === 'signal' ? [] : [height]), width].join(' × ')}${classes}`,
    ],
    ['Where they lie', data],
    [`SHA-256 of the ${noun}s`, images],
    ['Seed', String(seed)],
    ...(init
      ? [
          [
            'Weights to start with',
            `${init.weights}${init.layers ? ` (${init.layers.join(', ')})` : ''}, SHA-256 ${init.sha256}`,
          ] as const,
        ]
      : []),
    [
      'Provider',
      [
        deviceOf(provider, devices),
        ...(tf32 === undefined ? [] : [describeTf32(tf32)]),
        plural(threads, 'thread'),
      ].join(', '),
    ],
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

/** As it was given, in the folder that its paths begin at. */
function beginning(record: RunRecord): (readonly [string, string])[] {
  const command = begunBy(record)
  return command === undefined ? [] : [['Begun by', command]]
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
  ...beginning(record),
  ...lengthsOf(record)
    .slice(1)
    .map(
      ({ steps, from }) => ['Made longer', `to ${number(steps)} steps, after step ${number(from)}`] as const,
    ),
]
