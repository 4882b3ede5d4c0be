import { describe, expect, test } from 'vitest'
import {
  batchNorm,
  conv,
  layer,
  layerNorm,
  lengthNorm,
  local,
  patches,
  relu,
  residual,
  rule,
  triangle,
  type Module,
} from '../../src/index.ts'
import { readUpdates } from '../../src/cut/locality.ts'
import { tinyProgram } from '../support/programs.ts'
import { entanglement } from '../support/separate.ts'
import { traceProgram } from '../support/trace-program.ts'

/** What layers bring about between samples and units, by the table and by the numbers. */

/** The distance of two views; it reads no other sample itself. */
const agreement = rule<'a' | 'b'>('agreement', ({ out }) => out.a.sub(out.b).square().mean())
const programOf = (...modules: Module[]) =>
  tinyProgram({ encoder: [layer('conv1', ...modules)], learn: local(agreement) })

const kinds = (program: ReturnType<typeof programOf>): Set<string> => {
  const updates = readUpdates(traceProgram(program).traced, program.batch)
  return new Set(updates.flatMap(({ reads }) => reads.map(({ kind }) => kind)))
}

describe('keep samples apart:', () => {
  test.each([
    ['layer norm', programOf(conv(3), layerNorm(), relu()), true],
    ['length norm', programOf(conv(3), lengthNorm()), true],
    ['triangle', programOf(conv(3), triangle({ power: 1.4 })), true],
    ['residual', programOf(residual([conv(2), relu(), conv(2)]), relu()), false],
    ['patches', programOf(patches(4, 2), conv(3), relu()), false],
  ] as const)('%s', async (_, program, scalar) => {
    const found = kinds(program)
    expect(found).not.toContain('samples')
    expect(found).not.toContain('statistics')
    expect(found.has('scalar')).toBe(scalar)
    expect(await entanglement(program)).toBeLessThan(1e-10)
  })
})

test('batch norm reads statistics over the batch, no single other samples', async () => {
  const program = programOf(conv(3), batchNorm(), relu())
  expect(kinds(program)).toContain('statistics')
  expect(kinds(program)).not.toContain('samples')
  expect(await entanglement(program)).toBeGreaterThan(1e-4)
})
