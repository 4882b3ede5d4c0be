import { describe, expect, test } from 'vitest'
import {
  blocks,
  compile,
  conv,
  flatten,
  global,
  gradient,
  layer,
  linear,
  local,
  lossOf,
  program,
  relu,
  rule,
  sgd,
  UserError,
  type Credit,
  type LayerOptions,
  type Lesson,
  type LoggedLoss,
  type Rule,
  type RuleContext,
  type Tensor,
} from '../../src/index.ts'
import { barlowTwins, clapp, feedbackAlignment, lpl, vicreg } from '../../rules/index.ts'
import { meaning } from '../../src/ir/meaning.ts'
import { requestOf } from '../../src/sections/request.ts'
import { lowerTraining } from '../../src/sections/steps.ts'
import { trainingOf } from '../../src/sections/program.ts'
import { tracedProgram } from '../../src/sections/traced.ts'
import { everythingInside, logging, silent } from '../support/logging.ts'
import { giveCredit, ruleCases } from '../support/rule-cases.ts'
import { tinyProgram } from '../support/programs.ts'

/** Numbers that a rule shows beside its loss: what they are called, that they change nothing, and what is refused. */

type Context = RuleContext<'a' | 'b'>
const agreement = ({ out }: Context): Tensor => out.a.sub(out.b).square().mean()
const size = ({ out }: Context): Tensor => out.rows.square().mean()

const logged = (log: (context: Context) => unknown): Rule<'a' | 'b'> =>
  rule('mine', (context) => ({ loss: agreement(context), log: log(context) }) as LoggedLoss)

const two = (learn: Credit, first: LayerOptions = {}) =>
  program({
    input: { channels: 1, size: 8, classes: 3 },
    batch: 2,
    encoder: [layer('one', first, conv(2), relu()), layer('two', conv(3), relu())],
    learn,
    optimizer: sgd({ lr: 0.1 }),
  })
const compiling = (learn: Credit) => compile(two(learn)).manifest

const logsOf = ({ train }: ReturnType<typeof compiling>) =>
  train.graphs.flatMap(({ outputs }) =>
    outputs.flatMap(({ role, name, layer, log, type, shape }) =>
      role === 'log' ? [{ name, layer, log, type, shape }] : [],
    ),
  )

describe('what a rule logs', () => {
  const mine = logged((context) => ({ size: size(context), agreement: agreement(context) }))

  test.each([
    ['local', local(mine), ['one.size', 'one.agreement', 'two.size', 'two.agreement']],
    ['blocks', blocks([1, 1], mine), ['one.size', 'one.agreement', 'two.size', 'two.agreement']],
    ['global', global(mine), ['two.size', 'two.agreement']],
  ])('leaves the graphs by layer and name under %s credit', (_, learn, names) => {
    const logs = logsOf(compiling(learn))
    expect(logs.map(({ name }) => name)).toEqual(names)
    expect(logs.map((each) => `${String(each.layer)}.${String(each.log)}`)).toEqual(names)
    for (const { type, shape } of logs) expect([type, shape]).toEqual(['float32', []])
  })

  test('may be whole numbers and truths, shown as numbers; the loss itself, a constant, and a parameter', () => {
    const scaled = rule<'a' | 'b'>('scaled', (context) => {
      const scale = context.parameter('scale', [])
      const loss = agreement(context).mul(scale)
      const three = size(context).mul(0).add(3)
      return { loss, log: { truth: loss.greater(0), whole: three.cast('int64'), same: loss, three, scale } }
    })
    expect(logsOf(compiling(local(scaled))).map(({ type }) => type)).toEqual(Array(10).fill('float32'))
  })

  test('may be called as a value of the graphs is', () => {
    const clashing = logged((context) => ({
      weight: size(context),
      out: size(context),
      "weight'": size(context),
    }))
    const logs = logsOf(compiling(local(clashing)))
    expect(logs.flatMap(({ layer, log }) => (layer === 'one' ? [log] : []))).toEqual([
      'weight',
      'out',
      "weight'",
    ])
    const { train } = compiling(local(clashing))
    const names = train.graphs.flatMap(({ inputs, outputs }) => [
      ...new Set([...inputs, ...outputs].map(({ name }) => name)),
    ])
    const given = train.graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name))
    for (const { name } of logs) {
      expect(names.filter((each) => each === name)).toHaveLength(1)
      expect(given).not.toContain(name)
    }
  })

  test('may be left out, and be the log of explicit updates with or without a loss', () => {
    const updates = ({ weight }: Context) => ({ weight: weight.mul(0.1) })
    const returned = [
      rule<'a' | 'b'>('mine', (context) => ({ loss: agreement(context) })),
      rule<'a' | 'b'>('mine', (context) => ({ updates: updates(context), log: { size: size(context) } })),
      rule<'a' | 'b'>('mine', (context) => ({
        updates: updates(context),
        loss: agreement(context),
        log: { size: size(context) },
      })),
    ]
    expect(returned.map((each) => logsOf(compiling(local(each))).length)).toEqual([0, 2, 2])
  })

  test('of a frozen block is not asked for', () => {
    expect(logsOf(compile(two(local(mine), { frozen: true })).manifest).map(({ layer }) => layer)).toEqual([
      'two',
      'two',
    ])
  })
})

describe('a rule made of others', () => {
  const sum = rule<'a' | 'b'>('sum', (context) => {
    const [one, other] = [lossOf(lpl(), context), lossOf(vicreg(), context)]
    return { loss: one.loss.add(other.loss), log: { ...one.log, ...other.log } }
  })

  test('logs what they do, each by the name of its rule', () => {
    const logs = logsOf(compiling(global(sum))).map(({ log }) => log)
    expect(logs).toEqual([
      ...['lpl.predictive', 'lpl.hebbian', 'lpl.decorrelation'],
      ...['vicreg.invariance', 'vicreg.variance', 'vicreg.covariance'],
    ])
    expect(logsOf(compiling(global(feedbackAlignment(barlowTwins())))).map(({ log }) => log)).toEqual([
      'barlow-twins.invariance',
      'barlow-twins.redundancy',
    ])
  })

  test('wants their losses', () => {
    const of = (other: Rule) => () =>
      compiling(local(rule<'a' | 'b'>('of', (context) => lossOf(other, context))))
    const updating = rule('updating', ({ weight }) => ({ updates: { weight } }))
    const both = rule('both', ({ weight, out }) => ({ updates: { weight }, loss: out.rows.mean() }))
    expect(of(updating)).toThrow(/'updating' has no loss[^]*log\.test\.ts/)
    expect(of(both)).toThrow(/'both' gives explicit updates, and its loss alone is wanted/)
    expect(of(rule('none', (() => undefined) as never))).toThrow(/the rule 'none' at 'one' returned nothing/)
    expect(of('vicreg' as never)).toThrow(/lossOf: rule is 'vicreg'/)
  })
})

const ways = [
  { target: 'cpu', stepsPerRun: 1 },
  { target: 'cpu', stepsPerRun: 3 },
] as const

/** The graphs of a step as they leave the passes, without what they log. */
function withoutLogs(learn: Credit, options: Partial<Parameters<typeof tinyProgram>[0]> = {}) {
  const optimizer = sgd({ lr: 0.1, momentum: 0.9 })
  const tiny = tinyProgram({ ...options, learn, dtype: 'float32', optimizer })
  const training = trainingOf(tiny)
  const traced = tracedProgram(tiny, training)
  return ways.map(({ target, stepsPerRun }) => {
    const request = requestOf({ target })
    const { graphs } = lowerTraining(traced, training, { request, fused: false, stepsPerRun })
    return graphs.map(({ source, plan: { outputs } }) => {
      const logs = new Set(outputs.flatMap(({ name, role }) => (role === 'log' ? [name] : [])))
      return [source.name, meaning(source.outputs.filter(({ name }) => !logs.has(name)))]
    })
  })
}

describe('a log changes nothing of', () => {
  test.each(ruleCases)('the graphs that train $name', ({ rule: own, views, credits, encoder }) => {
    const lowered = (learn: Rule) =>
      withoutLogs(giveCredit[credits[0] ?? 'local'](learn), { views, encoder: encoder() })
    expect(lowered(logging(own, everythingInside))).toEqual(lowered(silent(own)))
  })

  test('products that go into a momentum as they are computed', () => {
    const slopes = logging(clapp(), ({ loss }, { weight }) =>
      loss ? { slope: gradient(loss, weight).square().sum() } : {},
    )
    const encoder = [layer('dense', flatten(), linear(5), relu()), layer('top', linear(4))]
    for (const credit of [local, global])
      expect(withoutLogs(credit(slopes), { encoder })).toEqual(
        withoutLogs(credit(silent(clapp())), { encoder }),
      )
  })

  test("the program's identity, the locality of its updates, and what rules declare", () => {
    // Labels and the top layer: nothing that these rules may read.
    const curious = (own: Rule) =>
      logging(own, (_, { labels, top }) => ({
        label: labels.cast('float32').mean(),
        top: top.rows.square().mean(),
      }))
    for (const own of [vicreg(), clapp()]) {
      const [quiet, talking] = [compiling(local(silent(own))), compiling(local(curious(own)))]
      expect(talking.identity).toBe(quiet.identity)
      expect(talking.locality).toEqual(quiet.locality)
    }
  })

  test('what learns: a parameter that it alone reads is told', () => {
    const notices: string[] = []
    const idle = rule<'a' | 'b'>('idle', (context) => ({
      loss: agreement(context),
      log: { idle: context.parameter('idle', [3]).sum() },
    }))
    compile(two(local(idle)), { onNotice: (notice) => notices.push(notice) })
    expect(notices.join('\n')).toMatch(/nothing teaches one\.idle\.idle, two\.idle\.idle \(.*log\.test\.ts/)
  })
})

describe('a log that is refused', () => {
  test.each<[string, (context: Context) => unknown, RegExp]>([
    ['a list', (context) => [size(context)], /returned a log that is \[a Tensor\][^]*{ similarity: … }/],
    ['a tensor', size, /returned a log that is a Tensor/],
    ['text', () => 'size', /returned a log that is 'size'/],
    ['a number', () => ({ size: 3 }), /as 'size' of its log, returned 3, not a tensor/],
    ['nothing', () => ({ size: undefined }), /as 'size' of its log, returned undefined/],
    [
      'a method that is not called',
      ({ out }) => ({ size: out.rows.mean.bind(out.rows) }),
      /is a call missing\?/,
    ],
    [
      'numbers of rows',
      ({ out }) => ({ size: out.rows.mean(1, 2, 3) }),
      /logs 'size', which is float32\[4\], not one number[^]*\.mean\(\)/,
    ],
    [
      'a map of one number',
      ({ out }) => ({ size: out.rows.mean().reshape(1, 1) }),
      /which is float32\[1, 1\]/,
    ],
    ['the loss', (context) => ({ loss: size(context) }), /logs 'loss'[^]*the loss is shown anyway/],
    [
      'a number without a name',
      (context) => ({ '': size(context) }),
      /logs a number called ''[^]*a name: text/,
    ],
    ['a name of several lines', (context) => ({ 'a\nb': size(context) }), /logs a number called 'a\\nb'/],
    [
      'more than can be read',
      (context) => Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`n${i}`, size(context)])),
      /logs 101 numbers[^]*at most 100/,
    ],
  ])('as it is %s', (_, log, message) => {
    const error = refused(() => compiling(local(logged(log))))
    expect(error.message).toMatch(message)
    expect(error.message).toMatch(/the rule 'mine' at 'one'/)
    expect(error.origin?.file).toBe(import.meta.filename)
  })

  test.each<[string, (context: Context) => unknown, RegExp]>([
    [
      'logs',
      (context) => ({ loss: size(context), logs: {} }),
      /returned 'logs'[^]*did you mean 'loss' or 'log'/,
    ],
    [
      'a log alone',
      (context) => ({ log: { size: size(context) } }),
      /without a loss or updates[^]*a log teaches nothing/,
    ],
  ])('in %s', (_, teach, message) => {
    expect(refused(() => compiling(local(rule('mine', teach as Rule<'a' | 'b'>['teach'])))).message).toMatch(
      message,
    )
  })

  test('by TypeScript, too', () => {
    // @ts-expect-error a log has tensors
    const numbers = ({ out }: Context): Lesson => ({ loss: out.rows.mean(), log: { size: 3 } })
    // @ts-expect-error the loss has its own place
    const loss = ({ out }: Context): Lesson => ({ loss: out.rows.mean(), log: { loss: out.rows.mean() } })
    // @ts-expect-error a log teaches nothing
    const alone = ({ out }: Context): Lesson => ({ log: { size: out.rows.mean() } })
    expect([numbers, loss, alone].map((teach) => typeof teach)).toEqual(Array(3).fill('function'))
  })
})

function refused(body: () => unknown): UserError {
  try {
    body()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
