import { describe, expect, test } from 'vitest'
import {
  compile,
  compileAlignment,
  compileGradients,
  concat,
  conv,
  crossEntropy,
  gradient,
  layer,
  local,
  program,
  relu,
  rule,
  sgd,
  Tensor,
  where,
  UserError,
  type Layer,
  type Module,
  type Optimizer,
  type ProgramOptions,
  type Rule,
  type RuleContext,
  type Transform,
} from '../../src/index.ts'
import { clapp, directFeedbackAlignment, hinge } from '../../rules/index.ts'
import { leaf } from '../support/evaluate.ts'

/** What functions of the user's return, and what methods are given, is checked: nobody checked their types. */

type Context = RuleContext<'a' | 'b'>
const loss = ({ out }: Context) => out.rows.square().mean()

const compiling = (parts: Partial<ProgramOptions<'a' | 'b'>>) =>
  compile(
    program({
      input: { channels: 1, size: 8 },
      batch: 2,
      encoder: [layer('one', conv(2), relu())],
      learn: local(rule('mine', loss)),
      optimizer: sgd({ lr: 0.1 }),
      ...parts,
    }),
  )

/** The mistake that is told, at a line of this file. */
function told(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.origin?.file).toBe(import.meta.filename)
    return error.message
  }
  throw new Error('nothing is told')
}

const teaching = (teach: (context: Context) => unknown) => () =>
  compiling({ learn: local(rule('mine', teach as Rule<'a' | 'b'>['teach'])) })

describe('a rule that returns', () => {
  test.each<[string, (context: Context) => unknown, RegExp]>([
    [
      'nothing',
      (context) => void loss(context),
      /returned nothing[^]*is a return missing\?[^]*returns a loss/,
    ],
    ['null', () => null, /returned null/],
    ['a number', () => 3, /returned 3/],
    ['text', () => 'loss', /returned 'loss'/],
    ['a list', (context) => [loss(context)], /returned \[a Tensor\]/],
    ['a promise', (context) => Promise.resolve(loss(context)), /returned a Promise[^]*without async/],
    ['a function', () => loss, /returned the function loss[^]*is a call missing/],
    ['nothing in an object', () => ({}), /without a loss or updates/],
    ['{ losses }', (context) => ({ losses: loss(context) }), /'losses'[^]*did you mean 'loss'/],
    ['{ update }', ({ weight }) => ({ update: { weight } }), /'update'[^]*did you mean 'updates'/],
    ['a number for an update', () => ({ updates: { weight: 3 } }), /the update of 'weight', returned 3/],
    ['no update', () => ({ updates: { weight: undefined } }), /the update of 'weight', returned undefined/],
    ['updates in a list', ({ weight }) => ({ updates: [weight] }), /updates that are \[a Tensor\]/],
    [
      'a misspelt update',
      ({ weight }) => ({ updates: { wieght: weight } }),
      /'wieght'[^]*did you mean 'weight'/,
    ],
    ['no update of any layer', () => ({ updates: {} }), /teaches no parameter of any layer/],
    [
      'a loss that is no tensor',
      ({ weight }) => ({ updates: { weight }, loss: 1 }),
      /as its loss, returned 1/,
    ],
    ['a boolean', (context) => loss(context).greater(0), /is bool\[\], which has no gradient/],
    ['whole numbers', (context) => loss(context).cast('int64'), /is int64\[\], which has no gradient/],
    ['a number per row', ({ out }) => out.rows.mean(1, 2, 3), /is float32\[4\], not one number/],
  ])('%s is told what to return', (_, teach, message) => {
    expect(told(teaching(teach))).toMatch(message)
  })

  test('updates of some layers alone leaves the others as they are', () => {
    const encoder: Layer[] = [layer('one', conv(2)), layer('two', conv(2))]
    const teach = (context: Context) => (context.layer === 'one' ? { updates: {} } : loss(context))
    expect(() => compiling({ encoder, learn: local(rule('mine', teach)) })).not.toThrow()
  })

  test('nothing to another rule is told as its own', () => {
    const none = rule('none', (() => undefined) as never)
    expect(() => compiling({ learn: local(directFeedbackAlignment(none)) })).toThrow(
      /the rule 'none' at 'one' returned nothing/,
    )
  })

  test('a module that asks for other parameters where features are made is told', () => {
    const scaled: Module = {
      summary: 'scaled',
      origin: undefined,
      apply: (x, { parameter, training }) =>
        x.mul(parameter(training ? 'a' : 'b', [1], () => ({ kind: 'constant', value: 1 }), 1)),
    }
    expect(told(() => compiling({ encoder: [layer('one', conv(2), scaled)] }))).toContain('never in training')
  })

  test('a rule that somebody makes without rule() need not say what it needs', () => {
    const own: Rule<'a' | 'b'> = { name: 'mine', teach: loss, locality: undefined, origin: undefined }
    expect(() => compiling({ learn: local(own) })).not.toThrow()
  })

  test('a contrast that is not called is told', () => {
    const learn = local(clapp({ contrast: hinge as never }))
    expect(() => compiling({ learn })).toThrow(/hinge has no use for a Tensor[^]*leave it out/)
  })
})

describe('what a rule asks for', () => {
  const wrong = 'x' as never
  test.each<[string, (context: Context) => unknown, RegExp]>([
    ['a target that decays by 2', ({ target }) => target(2).rows.mean(), /decay is 2[^]*from 0 to 1/],
    ['no negatives', ({ negatives }) => negatives(0), /negatives: count is 0/],
    ['half a negative', ({ negatives }) => negatives(1.5), /negatives: count is 1\.5/],
    ['a parameter without a name', ({ parameter }) => parameter('', [2]), /parameter: name is ''/],
    ['a parameter of 2.5', ({ parameter }) => parameter('p', [2.5]), /parameter: shape\[0\] is 2\.5/],
    ['a parameter of nothing', ({ parameter }) => parameter('p', [0]), /parameter: shape\[0\] is 0/],
    ['a parameter of a number', ({ parameter }) => parameter('p', 2 as never), /shape is 2/],
    [
      'a misspelt option',
      ({ parameter }) => parameter('p', [2], { rates: 1 } as object),
      /did you mean 'rate'/,
    ],
    ['a rate below 0', ({ parameter }) => parameter('p', [2], { rate: -1 }), /parameter: rate is -1/],
    [
      'a start that is none',
      ({ parameter }) => parameter('p', [2], { init: () => ({ kind: 'uniform', bound: NaN }) }),
      /initializer of one\.mine\.p: its result is an object/,
    ],
    ['fixed numbers of no shape', ({ fixed }) => fixed('f', [wrong]), /fixed: shape\[0\] is 'x'/],
    ['draws of text', ({ uniform }) => uniform('u', wrong), /uniform: shape\[0\] is 'x'/],
    ['the past of a number', ({ previous }) => previous('p', 3 as never), /previous: x is 3/],
    [
      'a memory of nothing',
      ({ memory }) => memory('m', [2], () => undefined as never),
      /memory 'm' returned undefined/,
    ],
    ['a memory of another shape', ({ memory, out }) => memory('m', [2], () => out.rows), /not float32\[2\]/],
    ['a memory without a next', ({ memory }) => memory('m', [2], 3 as never), /memory: next is 3/],
    ['a layer that is none', ({ of }) => of({} as string), /no layer an object \{\}[^]*one/],
    ['the block on a number', ({ apply }) => apply(3 as never), /apply: input is 3/],
    ['an average of a number', ({ average }) => average(3 as never, 0.9), /average: parameter is 3/],
    ['a correlation with text', ({ correlate }) => correlate('x' as never), /correlate: post is 'x'/],
    ['a gate for nothing', ({ gate }) => gate(undefined as never), /gate: signal is missing/],
    ['feedback of a list', ({ feedback }) => feedback([] as never), /feedback: signal is \[\]/],
  ])('%s', (_, ask, message) => {
    expect(
      told(
        teaching((context) => {
          ask(context)
          return loss(context)
        }),
      ),
    ).toMatch(message)
  })
})

describe('a tensor', () => {
  const x = new Tensor(leaf('float32', [2, 3, 4]))
  const counted = new Tensor(leaf('int64', [2]))
  const odd = (value: unknown) => value as never
  test.each<[string, () => unknown, RegExp]>([
    ['plus text', () => x.add(odd('1')), /cannot add '1'[^]*a tensor or a number/],
    ['times an object', () => x.mul(odd({})), /cannot mul an object/],
    ['less nothing', () => x.sub(odd(undefined)), /cannot sub undefined/],
    ['times infinity', () => x.mul(Infinity), /cannot mul Infinity/],
    ['times what is no number', () => x.mul(NaN), /cannot mul NaN/],
    ['plus what float32 cannot hold', () => x.add(1e39), /cannot add 1e\+39[^]*float32 can hold/],
    ['of whole numbers plus a half', () => counted.add(0.5), /cannot add 0\.5[^]*int64 can hold/],
    ['by 0', () => x.div(0), /is divided by 0/],
    ['to the power of nothing', () => x.pow(odd(undefined)), /cannot pow undefined/],
    ['clamped the wrong way', () => x.clamp(1, 0), /cannot clamp to 1 … 0/],
    ['clamped to text', () => x.clamp(odd('0'), 1), /cannot clamp to '0'/],
    ['chosen from two numbers', () => where(x.greater(0), odd(1), 0), /choose between 1 and 0[^]*\.cast/],
    ['chosen from text', () => where(x.greater(0), x, odd('0')), /cannot choose '0'/],
    ['chosen by a number', () => where(odd(1), x, 0), /where: condition is 1/],
    ['cast to text', () => x.cast(odd('float')), /cast: dtype is 'float'/],
    ['averaged over half an axis', () => x.mean(1.5), /has no axis 1\.5[^]*from -3 to 2/],
    ['averaged over a list', () => x.mean(odd([1, 2])), /has no axis \[1, 2\][^]*one after the other/],
    ['summed over an axis it lacks', () => x.sum(3), /has no axis 3/],
    ['averaged over text', () => x.mean(odd('1')), /has no axis '1'/],
    ['averaged over no elements', () => x.slice(0, 1, 1).mean(), /has no elements/],
    ['divided without a fraction', () => counted.div(2), /cannot be divided[^]*\.cast/],
    ['of truths, added up', () => x.greater(0).add(1), /booleans are not numbers[^]*\.cast/],
    ['averaged as in PyTorch', () => x.mean(1, odd(true)), /has no axis true[^]*keepDims: true/],
    ['averaged by a misspelt option', () => x.mean(1, odd({ keepdim: true })), /did you mean 'keepDims'/],
    ['that says half a size', () => x.size(1.5), /has no axis 1\.5/],
    ['reshaped to no number', () => x.reshape(NaN), /cannot reshape NaN/],
    ['reshaped to a list', () => x.reshape(odd([6, 4])), /cannot reshape \[6, 4\][^]*one after the other/],
    ['reshaped to what does not divide', () => x.reshape(-1, 7), /24 elements does not reshape to \[-1, 7\]/],
    ['reshaped to two unknowns', () => x.reshape(-1, -1), /one size may be -1/],
    ['flattened from the inner axis', () => x.flatten(2, 1), /from axis 2 to 1/],
    ['transposed along three axes', () => x.transpose(2, odd(1), odd(0)), /give all[^]*to permute/],
    ['transposed along one axis', () => x.transpose(2, odd(undefined)), /has no axis undefined/],
    ['permuted along half an axis', () => x.permute(0, 1.5, 2), /has no axis 1\.5/],
    ['sliced along an axis it lacks', () => x.slice(3, 0, 1), /has no axis 3/],
    ['sliced by halves', () => x.slice(0, 0.5, 1), /cannot slice 0\.5/],
    ['sliced without an end', () => x.slice(0, 1, odd(undefined)), /cannot slice undefined/],
    ['sliced by steps of 0', () => x.slice(0, 0, 1, 0), /cannot slice 0[^]*1 or more/],
    ['padded by a number', () => x.pad(odd(1), [0, 0, 0]), /cannot pad 1/],
    ['padded on one axis', () => x.pad([1], [1]), /give 3 numbers/],
    ['broadcast to halves', () => x.broadcast(2, 3, 4.5), /cannot broadcast 4\.5/],
    ['by rows of a number', () => x.rows(odd(1)), /cannot pick rows by 1/],
    ['summed into no rows', () => x.segmentSum(counted, 0), /cannot segmentSum 0/],
    ['times a matrix of text', () => x.matmul(odd('x')), /cannot matmul 'x'/],
    ['times a misspelt matrix', () => x.matmul(x, odd({ transposeb: true })), /did you mean 'transposeB'/],
    ['pooled by halves', () => x.averagePool(1.5), /cannot averagePool 1\.5/],
    ['behind no list', () => concat(odd(x)), /concat: tensors is a Tensor/],
    ['behind nothing', () => concat([]), /concat: tensors is \[\]/],
    ['behind a number', () => concat([x, odd(3)]), /concat: tensors\[1\] is 3/],
    ['behind along no axis', () => concat([x, x], 7), /has no axis 7/],
    ['of no node', () => new Tensor(odd(undefined)), /a tensor is made of undefined/],
    ['as a gradient of a number', () => gradient(odd(3), x), /gradient: result is 3/],
    ['as logits without labels', () => crossEntropy(x, odd(undefined)), /crossEntropy: labels is missing/],
  ])('%s', (_, body, message) => {
    expect(told(body)).toMatch(message)
  })

  test('counts negative axes from the last, wherever it takes axes', () => {
    expect(x.slice(-1, 0, 2).shape).toEqual([2, 3, 2])
    expect(concat([x, x], -1).shape).toEqual([2, 3, 8])
    expect(x.mean(-1).shape).toEqual([2, 3])
  })
})

describe('updates', () => {
  test.each<[string, (context: Context) => Record<string, Tensor>, RegExp]>([
    [
      'of one parameter under two names',
      ({ weight }) => ({ weight, 'one.weight': weight }),
      /one\.weight is updated twice, as 'weight' and as 'one\.weight'/,
    ],
    [
      "of one of the rule's own under two names",
      ({ parameter }) => {
        const p = parameter('p', [2]).mul(2)
        return { p, 'one.mine.p': p }
      },
      /one\.mine\.p is updated twice/,
    ],
  ])('%s are told', (_, updates, message) => {
    expect(told(teaching((context) => ({ updates: updates(context) })))).toMatch(message)
  })
})

describe('a tensor that a function kept', () => {
  const kept = /reads '\S+' by a tensor that was kept from another call[^]*ask for it each time/
  const one = () => ({ kind: 'constant', value: 1 }) as const

  test('from training, read where features are made', () => {
    let scale: Tensor | undefined
    const scaled: Module = {
      summary: 'scaled',
      origin: undefined,
      apply: (x, { parameter }) => x.mul((scale ??= parameter('scale', [1], one, 1))),
    }
    expect(told(() => compiling({ encoder: [layer('one', conv(2), scaled)] }))).toMatch(kept)
  })

  test.each<[string, (context: Context) => Tensor]>([
    ['a parameter', ({ parameter }) => parameter('p', [1]).mean()],
    ['labels', ({ labels }) => labels.cast('float32').mean()],
    ['draws', ({ uniform }) => uniform('u', 3).mean()],
    ['a memory', ({ memory }) => memory('m', [1], (before) => before.add(1)).mean()],
  ])('from another program: %s', (_, of) => {
    let first: Tensor | undefined
    const learn = local(rule('mine', (context: Context) => loss(context).add((first ??= of(context)))))
    compiling({ learn })
    expect(told(() => compiling({ learn }))).toMatch(kept)
  })

  test('from a rule, read by a transform', () => {
    let activity: Tensor | undefined
    const keeping = rule('mine', (context: Context) => {
      activity = context.out.rows
      return loss(context)
    })
    const transform: Transform = { name: 'own', apply: (x) => (activity ? x.mul(activity.mean()) : x) }
    expect(told(() => compiling({ learn: local(keeping), augment: [transform] }))).toMatch(kept)
  })
})

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /credit 'own': its list of blocks is missing/],
  ['a promise', Promise.resolve([1]), /its list of blocks is a Promise/],
  ['halves', [0.5, 0.5], /its list of blocks\[0\] is 0\.5/],
  ['an empty block', [0, 1], /its list of blocks\[0\] is 0/],
  ['too many layers', [2], /blocks of \[2\] layers do not make up an encoder of 1/],
])("a credit of the user's own whose blocks are %s is told", (_, sizes, message) => {
  const own = { ...local(rule('mine', loss)), name: 'own', blocks: () => sizes as readonly number[] }
  expect(told(() => compiling({ learn: own }))).toMatch(message)
})

test('what a rule that somebody makes without rule() needs is checked, too', () => {
  const own = (needs: unknown) => ({ ...rule('mine', loss), needs: needs as undefined })
  expect(told(() => local(own(null)))).toMatch(/local: rule is/)
  expect(told(() => local(own({ images: 'x' })))).toMatch(/local: rule is/)
})

test('views belong to the program: a rule cannot change them', () => {
  const change = ({ views }: Context) => (views as string[]).push('c')
  expect(() =>
    compiling({ learn: local(rule('mine', (context: Context) => loss(context).mul(change(context)))) }),
  ).toThrow(TypeError)
})

describe('a part of a program that the user wrote', () => {
  const own = (apply: Module['apply']): Module => ({ summary: 'own', origin: undefined, apply })
  const encoder = (module: Module) => ({ encoder: [layer('one', conv(2), module)] })
  const transform = (apply: Transform['apply']): Transform => ({ name: 'own', apply })
  const optimizer = (update: Optimizer['update']): Optimizer => ({
    name: 'own',
    settings: {},
    rate: { kind: 'constant', lr: 0.1 },
    states: ['kept'],
    update,
  })
  const nothing = () => undefined as never

  test.each<[string, Partial<ProgramOptions<'a' | 'b'>>, RegExp]>([
    ['a module that returns nothing', encoder(own(nothing)), /module 'own' returned undefined/],
    ['a module that misuses its input', encoder(own((x) => x.mean(1.5))), /has no axis 1\.5/],
    [
      'a module whose running value has another shape',
      encoder(own((x, { running }) => x.add(running('r', [1], 0, () => x).reshape(1, 1, 1, 1)))),
      /next value of one\.r returned float32\[4, 2, 8, 8\], not float32\[1\]/,
    ],
    [
      'a transform that returns nothing',
      { augment: [transform(nothing)] },
      /transform 'own' returned undefined/,
    ],
    ['a transform that crops', { augment: [transform((x) => x.slice(2, 0, 4))] }, /transform 'own' returned/],
    ['a transform to bytes', { augment: [transform((x) => x.cast('uint8'))] }, /returned uint8/],
    [
      'an optimizer that returns nothing',
      { optimizer: optimizer(nothing) },
      /for one\.weight, returned undefined/,
    ],
    [
      'an optimizer that forgets its state',
      { optimizer: optimizer(({ parameter }) => ({ parameter, states: [] })) },
      /with 0 states, not 1/,
    ],
    [
      'an optimizer that makes one number of a parameter',
      { optimizer: optimizer(({ parameter, states }) => ({ parameter: parameter.mean(), states })) },
      /as parameter, returned float32\[\], not float32\[2, 1, 3, 3\]/,
    ],
  ])('%s is told', (_, parts, message) => {
    expect(told(() => compiling(parts))).toMatch(message)
  })

  test('works where it keeps to its type', () => {
    const half = own((x) => x.div(2))
    const step: Optimizer['update'] = ({ parameter, gradient, states, rate }) => ({
      parameter: parameter.sub(gradient.mul(rate.cast(parameter.dtype))),
      states,
    })
    const parts = { ...encoder(half), augment: [transform((x) => x.neg())], optimizer: optimizer(step) }
    expect(() => compiling(parts)).not.toThrow()
  })
})

describe('what is compiled', () => {
  const small = () =>
    program({
      input: { channels: 1, size: 8 },
      batch: 2,
      encoder: [layer('one', conv(2), relu())],
      learn: local(rule('mine', loss)),
      optimizer: sgd({ lr: 0.1 }),
    })
  test.each<[string, () => unknown, RegExp]>([
    ['a number', () => compile(3 as never), /compile: program is 3/],
    [
      'a copy with other channels alone',
      () => compile({ ...small(), input: { ...small().input, channels: 3 } }),
      /mean and std must have 3 numbers/,
    ],
    [
      'a copy with one view twice',
      () => compile({ ...small(), views: ['a', 'a'] }),
      /views need distinct names/,
    ],
    [
      'a copy with a view called rows',
      () => compile({ ...small(), views: ['a', 'rows'] }),
      /'rows' is taken/,
    ],
    [
      'a copy without a mean',
      () => compile({ ...small(), input: { ...small().input, mean: undefined as never } }),
      /program is an object/,
    ],
    [
      'a copy with a deviation of 0',
      () => compile({ ...small(), input: { ...small().input, std: [0] } }),
      /program is an object/,
    ],
    [
      'a copy with a readout too many',
      () => compile({ ...small(), readout: [2, 2] }),
      /readout has 2 pool sizes/,
    ],
    ['the parts of a program', () => compile({ encoder: [] } as never), /program is an object \{ encoder \}/],
    ['a promise of a program', () => compileGradients(Promise.resolve() as never), /program is a Promise/],
    ['a misspelt option', () => compile(small(), { fuse: true } as object), /did you mean 'fused'/],
    [
      'for no target',
      () => compile(small(), { target: 'cuba' as never }),
      /target is 'cuba'[^]*did you mean 'cuda'/,
    ],
    [
      'in no algorithm',
      () => compile(small(), { lowering: { one: 3 as never } }),
      /compile: lowering\.one is 3/,
    ],
    ['with no memory', () => compile(small(), { memory: 0 }), /compile: memory is 0/],
    ['at no rate', () => compileAlignment(small(), { projectionRate: NaN }), /projectionRate is NaN/],
  ])('as %s is told', (_, body, message) => {
    expect(told(body)).toMatch(message)
  })
})
