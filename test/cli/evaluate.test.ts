import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeTinyBundle, writeTinyDataset } from '../runtime/tiny-bundle.ts'
import { hebb, newFolder, write } from './run-hebb.ts'

/** `hebb evaluate`, and what else there is to runs that go on, as their users type them. */

const folder = newFolder()
const program = (top: string, learn: string) => `
import { classify, conv, flatten, global, layer, linear, local, maxPool, program, relu, sgd } from 'hebb'
import { vicreg } from 'hebb/rules'
export default program({
  name: 'pair',
  input: { channels: 1, size: 2, classes: 2 },
  batch: 4,
  encoder: [layer('conv1', conv(3), relu()), layer('top', ${top})],
  learn: ${learn},
  optimizer: sgd({ lr: 0.1 }),
})
`
const train = (name: string, out: string, ...more: string[]) =>
  hebb(
    [...['train', `${name}.ts`, '--data', 'data', '--out', out, '--steps', '20', '--threads', '1'], ...more],
    folder,
  )

beforeAll(async () => {
  writeTinyBundle(join(folder, 'tiny'))
  writeTinyDataset(join(folder, 'data'))
  write(folder, 'supervised.ts', program('flatten(), linear(2)', 'global(classify())'))
  write(folder, 'views.ts', program('conv(3), relu()', 'local(vicreg())'))
  const trained = [
    await train(
      'supervised',
      'supervised',
      '--checkpoint-every',
      '5',
      '--keep',
      '2',
      '--keep-best',
      'top.loss',
    ),
    await train('views', 'views'),
  ]
  expect(trained.map(({ code }) => code)).toEqual([0, 0])
})

test('shows accuracy, figures of each class and what they are taken for, and writes them', async () => {
  const { code, stdout } = await hebb(['evaluate', 'supervised', '--json', 'figures.json'], folder)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^pair after step 20 of 20, its own classifiers on 10 test images, in %\n/)
  expect(stdout).toMatch(/^top +\d+\.\d$/m)
  expect(stdout).toMatch(/^ *class +images +recall +precision$/m)
  expect(JSON.parse(readFileSync(join(folder, 'figures.json'), 'utf8'))).toMatchObject({
    ...{ program: 'pair', split: 'test', step: 20 },
    heads: [
      {
        layer: 'top',
        images: 10,
        perClass: [
          { class: 0, images: 5 },
          { class: 1, images: 5 },
        ],
      },
    ],
  })
})

test('of other images, and of a checkpoint that was kept', async () => {
  const at = async (which: string) =>
    (await hebb(['evaluate', 'supervised', '--split', 'train', '--at', which], folder)).stdout
  expect(await at('15')).toMatch(/^pair after step 15 of 20, its own classifiers on 10 training images/)
  expect(await at('best')).toMatch(
    /^pair after step (5|10|15|20) of 20, the best checkpoint, its own classifiers/,
  )
  const missing = await hebb(['evaluate', 'supervised', '--at', '5'], folder)
  expect(missing.code).toBe(1)
  expect(missing.stderr).toContain('has no checkpoint of step 5')
})

test('points to the probe where there is no classifier, and the probe points back where there is one', async () => {
  const { code, stderr } = await hebb(['evaluate', 'views'], folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(/'pair' has no classifier: 'vicreg' learns no scores by labels\n.*hebb probe/)
  const probe = async (run: string) =>
    (await hebb(['probe', run, '--epochs', '1', '--labels', '2', '--k', '2'], folder)).stdout
  expect(await probe('views')).toMatch(/\nNeighbours and linear probes of frozen features\.\n$/)
  expect(await probe('supervised')).toContain(
    'frozen features; its own classifier: hebb evaluate supervised.',
  )
})

test.each([
  [['--split', 'all'], 'must be train, validation or test'],
  [['--at', 'first'], 'must be last, best, or the step'],
])('ends %j as a mistake of usage', async (flags, message) => {
  const { code, stderr } = await hebb(['evaluate', 'supervised', ...flags], folder)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

test('a run is made longer and taken back by its flags', async () => {
  const resume = (...more: string[]) =>
    hebb(['train', '--resume', '--out', 'supervised', '--threads', '1', ...more], folder)
  expect((await resume('--from-step', '15', '--steps', '30')).stdout).toMatch(/^trained 30 steps/)
  const shorter = await resume('--steps', '10')
  expect(shorter).toMatchObject({ code: 1 })
  expect(shorter.stderr).toContain('has done 30 steps, and cannot be shortened to 10')
})

test('weights are given by --init, and flags that need others say so', async () => {
  expect(await train('views', 'given', '--init', 'supervised', '--init-layers', 'conv1')).toMatchObject({
    code: 0,
  })
  expect((await train('views', 'other', '--init-layers', 'conv1')).stderr).toContain(
    "'--init-layers' is for --init",
  )
  expect(await train('views', 'other', '--from-step', '2')).toMatchObject({ code: 2 })
  const both = await hebb(['train', '--resume', '--out', 'given', '--init', 'supervised'], folder)
  expect(both).toMatchObject({ code: 2 })
})

test('a run that has set images aside is judged on those, and trained on the others', async () => {
  const aside = ['--validation', '0.4', '--probe-every', '5', '--seed', '3']
  const { code, stdout } = await train('supervised', 'aside', ...aside)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^losses on 4 images set aside: top \d/m)
  expect(stdout).toMatch(
    /^probes on 4 images set aside, % by a linear classifier and by neighbours: conv1 \d/m,
  )
  for (const [split, images] of [
    ['validation', '4 validation images'],
    ['train', '6 training images'],
    ['test', '10 test images'],
  ] as const) {
    const judged = await hebb(['evaluate', 'aside', '--split', split], folder)
    expect(judged.stdout).toContain(images)
  }
  const none = await hebb(['evaluate', 'supervised', '--split', 'validation'], folder)
  expect(none.code).toBe(1)
  expect(none.stderr).toMatch(/the run has set none of the labelled images of .*data aside/)
})

test('a probe by the same part of the images is of those that the run has set aside; another part is told', async () => {
  const probe = (part: string) =>
    hebb(['probe', 'aside', '--validation', part, '--labels', '1', '--epochs', '1'], folder)
  const [same, other] = [await probe('0.4'), await probe('0.2')]
  expect([same.code, other.code]).toEqual([0, 0])
  expect(same.stderr).not.toContain('set 0.4')
  expect(other.stderr).toContain('The run has set 0.4 of its images aside, not 0.2')
})
