import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeImages } from '../bench/torture/images.ts'
import { hebb, newFolder, write } from './cli/run-hebb.ts'

/** Every command of docs/sweeps.md runs, in its order, with less training. */

const text = readFileSync(join(import.meta.dirname, '../docs/sweeps.md'), 'utf8')
const folder = newFolder()
const commands = [...text.matchAll(/^npx hebb (.*)$/gm)].map(([, words = '']) => words)

const short = [
  '--steps=2',
  '--threads=1',
  '--probe-epochs=1',
  '--labels=1',
  '--align-batches=1',
  '--no-report',
]

const program = (name: string) => `import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'
export default program.options({ lr: 1e-3 }, ({ lr }) => ({
  name: '${name}',
  input: { channels: 1, size: 28 },
  batch: 20,
  encoder: [layer('conv1', conv(2), relu(), maxPool(4))],
  learn: local(clappPlusPlus(7)),
  optimizer: adamw({ lr }),
}))
`

beforeAll(async () => {
  await writeImages(join(folder, 'data/fashion-mnist'))
  for (const name of ['mine', 'other']) write(folder, `${name}.ts`, program(name))
  const [, file = ''] = /```ts sweep\.ts\n([^]*?)```/.exec(text) ?? []
  // As the commands below: one seed, few steps.
  write(folder, 'sweep.ts', file.replace('seeds: 3', 'seeds: 1').replace('epochs: 2', 'steps: 2'))
})

test('docs/sweeps.md has commands of all three', () => {
  expect(commands.map((words) => words.split(' ')[0])).toEqual([
    'run',
    'sweep',
    'sweep',
    'compare',
    'compare',
    'compare',
  ])
})

test.each(commands)(
  'hebb %s',
  async (words) => {
    const given = words
      .replace(/ --epochs \d+/, '')
      .replace('--seeds 3', '--seeds 1')
      .split(' ')
    const more = given[0] === 'compare' ? [] : given[1] === 'sweep.ts' ? short.slice(1) : short
    const { code, stdout, stderr } = await hebb([...given, ...more], folder)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/^global averages +/m)
  },
  120_000,
)
