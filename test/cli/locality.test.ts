import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../../src/index.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { tinyProgram } from '../support/programs.ts'
import { hebb, newFolder, write } from './run-hebb.ts'

/** What updates read, as the command line shows it, and a rule that reads what it does not declare. */
const rules = `import { adamw, conv, global, layer, local, maxPool, program, relu, rule } from 'hebb'
import { clapp, clappDirectFeedback } from 'hebb/rules'

const options = (name, learn) => ({
  name,
  input: { channels: 1, size: 8 },
  batch: 4,
  encoder: [1, 2, 3, 4].map((i) => layer(\`conv\${i}\`, conv(4), relu())),
  learn,
  optimizer: adamw({ lr: 1e-3 }),
})

const topDown = () =>
  rule(
    'top-down',
    ({ out, top, parameter }) => {
      const [own, context] = [out.rows.mean(2, 3), top.rows.mean(2, 3)]
      const matrix = parameter('B', [own.size(1), context.size(1)])
      const error = own.sub(context.matmul(matrix, { transposeB: true }))
      return error.square().mean()
    },
    { locality: ['pre', 'post'] },
  )

const centred = () =>
  rule(
    'centred',
    ({ out }) => {
      const own = out.rows.mean(2, 3)
      const spread = own.sub(own.mean(0)).square()
      return spread.neg().mean()
    },
    { locality: ['pre', 'post'] },
  )

export default program(options('same', local(clapp())))
export const feedback = program(options('feedback', local(clappDirectFeedback('global'))))
export const backpropagation = program(options('backpropagation', global(clapp())))
export const undeclared = program(options('undeclared', local(topDown())))
export const statistic = program(options('statistic', local(centred())))
export const allowed = program(options('allowed', local(topDown(), { allow: ['top'] })))
export const number = 3
`

describe.concurrent('hebb inspect --locality', () => {
  const folder = newFolder()
  beforeAll(() => {
    write(folder, 'mine.ts', rules)
    writeBundle(join(folder, 'bundle'), compile(tinyProgram({ dtype: 'float32' })))
  })
  const inspect = (...args: string[]) => hebb(['inspect', ...args], folder)

  test('of a program shows every update', async () => {
    const { code, stdout, stderr } = await inspect('mine.ts#backpropagation', '--locality')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(
      stdout
        .split('\n')
        .filter((line) => !line.includes('bias'))
        .join('\n'),
    ).toBe(
      `layer  parameter               of its own                   of the batch   of other layers                                              shared and given
─────  ──────────────────────  ───────────────────────────  ─────────────  ───────────────────────────────────────────────────────────  ────────────────────
conv1  conv1.weight            input, activity              other samples  activity of conv2 conv3 conv4 (top), weights of conv2–conv4  global scalar, draws
conv2  conv2.weight            input, activity              other samples  activity of conv3 conv4 (top), weights of conv3 conv4        global scalar, draws
conv3  conv3.weight            input, activity              other samples  activity of conv4 (top), weights of conv4                    global scalar, draws
conv4  conv4.weight            input, activity, parameters  other samples  –                                                            global scalar, draws
       conv4.clapp.projection  activity, parameters         other samples  –                                                            global scalar, draws
`,
    )
  })

  test('of several programs and bundles shows them side by side', async () => {
    const { code, stdout, stderr } = await inspect(
      '--locality',
      'mine.ts',
      'mine.ts#feedback',
      'mine.ts#backpropagation',
      'bundle',
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`an update reads             same  feedback  backpropagation  clapp
──────────────────────────  ────  ────────  ───────────────  ─────
own presynaptic input       yes   yes       yes              yes
own postsynaptic activity   yes   yes       yes              yes
own parameters              yes   yes       yes              yes
memory of earlier steps     –     –         –                –
other samples of the batch  yes   yes       yes              yes
statistics over the batch   –     –         –                –
activity of the top layer   –     conv4     conv4            –
activity of other layers    –     –         conv2 conv3      –
weights of other layers     –     –         conv2–conv4      –
a global scalar             yes   yes       yes              yes
labels                      –     –         –                –
the image                   –     –         –                –
random draws                yes   yes       yes              yes
`)
  })

  test('--json is the manifest’s table, or one per program', async () => {
    const one = JSON.parse((await inspect('mine.ts#feedback', '--locality', '--json')).stdout) as unknown
    const several = JSON.parse(
      (await inspect('mine.ts', 'mine.ts#feedback', '--locality', '--json')).stdout,
    ) as unknown
    expect(one).toContainEqual({
      parameter: 'conv1.bias',
      layer: 'conv1',
      reads: [
        { kind: 'post' },
        { kind: 'own' },
        { kind: 'samples' },
        { kind: 'top', layer: 'conv4' },
        { kind: 'scalar' },
        { kind: 'draws' },
      ],
    })
    expect(several).toMatchObject([
      { path: 'mine.ts', program: 'same' },
      { path: 'mine.ts#feedback', program: 'feedback', locality: one },
    ])
  })

  test.for([
    [
      'activity of the top layer that a rule does not declare',
      ['mine.ts#undeclared'],
      `LocalityError: the update of conv1.weight reads activity of the top layer (conv4), which 'top-down' does not declare
  at mine.ts:14:3
  the path from the signal to the update:
    activity of the top layer (conv4)
    mine.ts:17  mean
    mine.ts:19  matmul, sub
    mine.ts:20  gradient: mul, add
    mine.ts:17  gradient: reshape, mul ×2
    mine.ts:8   gradient: mul, conv2dWeightGradient
    conv1.weight
  add 'top' to the rule's locality, allow it here alone (local(…, { allow: ['top'] })), or do not read it
  for 'conv1', taught at mine.ts:39:57
`,
    ],
    [
      'a statistic that a rule does not declare',
      ['mine.ts#statistic'],
      `LocalityError: the update of conv1.weight reads statistics over the batch, which 'centred' does not declare
  at mine.ts:26:3
  the path from the signal to the update:
    statistics over the batch
    mine.ts:30  sub
    mine.ts:30  gradient: mul, add ×2
    mine.ts:29  gradient: reshape, mul ×2
    mine.ts:8   gradient: mul, conv2dWeightGradient
    conv1.weight
  add 'statistics' to the rule's locality, allow it here alone (local(…, { allow: ['statistics'] })), or do not read it
  for 'conv1', taught at mine.ts:40:55
`,
    ],
    [
      'an export that is not there',
      ['mine.ts#backprop'],
      "ProgramError: mine.ts exports no program 'backprop'\n  at mine.ts:1:1\n  there are allowed, backpropagation, feedback, statistic, undeclared\n",
    ],
    [
      'a misspelt export',
      ['mine.ts#feedbck'],
      "ProgramError: mine.ts exports no program 'feedbck'\n  at mine.ts:1:1\n  did you mean 'feedback'?\n",
    ],
    [
      'an export that is no program',
      ['mine.ts#number'],
      "ProgramError: the export 'number' of mine.ts is not a program\n  at mine.ts:42:1\n  write: export const number = program({ … }), with program from 'hebb'\n",
    ],
    [
      'a graph beside a program',
      ['mine.ts', 'bundle/conv1.onnx'],
      'FileError: bundle/conv1.onnx is a single file: it does not say what updates read\n  Give programs or bundles.\n',
    ],
  ] as const)('%s', async ([, paths, problem]) => {
    const { code, stderr } = await inspect(...paths, '--locality')
    expect(stderr).toBe(problem)
    expect(code).toBe(1)
  })

  test('several programs without --locality are a mistake of usage', async () => {
    const { code, stderr } = await inspect('mine.ts', 'mine.ts#feedback')
    expect(stderr).toContain('error: several paths are shown side by side with --locality only')
    expect(code).toBe(2)
  })

  test('a program is shown in every other way too, and compiled by the name of its export', async () => {
    const [overview, graph, compiled] = await Promise.all([
      inspect('mine.ts#allowed'),
      inspect('mine.ts', '--graph', 'conv2'),
      hebb(['compile', 'mine.ts#feedback', '--out', 'feedback'], folder),
    ])
    expect(overview.stdout).toMatch(/^allowed: top-down, local credit, 4 layers/)
    expect(graph.stdout).toContain('graph conv2: Activity and learning step of conv2.')
    expect(compiled.stdout).toMatch(/^feedback: clapp, local credit/)
    expect((await inspect('bundle', '--graph', 'conv2', '--json')).code).toBe(0)
  })
})
