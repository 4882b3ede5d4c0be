import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { table } from '../../src/cli/table.ts'
import { bytes, count, duration, plural } from '../../src/cli/units.ts'
import { didYouMean, nearNames } from '../../src/base/near-names.ts'

describe('tables', () => {
  test('names stand on the left, numbers on the right', () => {
    const text = table(
      ['layer', 'numbers', 'shape'],
      [
        ['conv1', 16, '8×8'],
        ['projection', 12345, ''],
      ],
    )
    expect(text).toBe(
      [
        'layer       numbers  shape',
        '──────────  ───────  ─────',
        'conv1            16    8×8',
        'projection    12345',
      ].join('\n'),
    )
  })

  test('every column starts at the same place on every line', () => {
    const cell = fc.stringMatching(/^[a-z]{1,8}$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const lines = table(['first', 'second'], rows, 'll').split('\n')
        const start = lines[1]?.lastIndexOf(' ') ?? 0
        rows.forEach(([, second], i) => {
          expect(lines[i + 2]?.slice(start + 1)).toBe(second)
        })
      }),
    )
  })
})

test('numbers for people', () => {
  expect([0, 999, 1000, 1_440_000, 201e6].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '1.4 MB', '201 MB'])
  expect([7, 16_000_000].map(count)).toEqual(['7', '16.0 M'])
  expect([0.42, 12.3, 185, 7800].map(duration)).toEqual(['0.4 s', '12 s', '3 min 05 s', '2 h 10 min'])
  expect([plural(1, 'layer'), plural(2, 'layer')]).toEqual(['1 layer', '2 layers'])
})

describe('suggestions', () => {
  const rules = ['clapp', 'clappBoth', 'hinge', 'infoNCE']

  test('name what was probably meant, nearest first', () => {
    expect(nearNames('clap', rules)).toEqual(['clapp'])
    expect(nearNames('infonce', rules)).toEqual(['infoNCE'])
    expect(didYouMean('hinges', rules)).toBe("did you mean 'hinge'?")
  })

  test('or all there is', () => {
    expect(didYouMean('forwardForward', rules)).toBe('there are clapp, clappBoth, hinge, infoNCE')
  })

  test('one wrong, missing or superfluous letter is forgiven', () => {
    const mistakes = [
      ['x', 1],
      ['', 1],
      ['x', 0],
    ] as const
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{3,9}$/),
        fc.nat(),
        fc.constantFrom(...mistakes),
        (name, at, mistake) => {
          const [put, left] = mistake
          const place = at % name.length
          expect(nearNames(name.slice(0, place) + put + name.slice(place + left), [name])).toEqual([name])
        },
      ),
    )
  })
})
