/** Values that no option should meet, by what a test calls them. */
export const hostile = {
  NaN,
  Infinity,
  '-1': -1,
  '0': 0,
  '0.5': 0.5,
  '1e9': 1e9,
  'less than a float32': 1e-60,
  'more than a float32': 1e39,
  text: 'text',
  '1 as text': '1',
  nothing: '',
  'a control character': 'a\u001b[31m',
  null: null,
  '[]': [],
  '[2, 1]': [2, 1],
  '[NaN]': [NaN],
  '{}': {},
  true: true,
  '1n': 1n,
  'a function': () => undefined,
  'a class': class {
    readonly odd = true
  },
  'a promise': Promise.resolve(1),
  'a symbol': Symbol('odd'),
  'a revoked proxy': revoked(),
} as const
export type Hostile = keyof typeof hostile

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Those of the values that an option of a kind takes; it takes no other. */
export const takes = {
  none: [],
  count: ['1e9'],
  whole: ['0', '1e9'],
  finite: ['-1', '0', '0.5', '1e9'],
  notNegative: ['0', '0.5', '1e9'],
  positive: ['0.5', '1e9'],
  fraction: ['0', '0.5'],
  part: ['0.5'],
  zero: ['0'],
  flag: ['true'],
  name: ['text', '1 as text'],
  function: ['a function'],
  list: ['[]'],
  object: ['{}'],
  counts: ['[]', '[2, 1]'],
  someCounts: ['[2, 1]'],
  pool: ['1e9', '[2, 1]'],
  seeds: ['1e9', '[2, 1]'],
  imageSize: ['[2, 1]'],
  sides: ['1e9', '[2, 1]'],
  paddings: ['0', '1e9', '[2, 1]'],
  text: ['text'],
  thresholds: ['-1', '0', '0.5', '1e9', '[2, 1]'],
} as const satisfies Readonly<Record<string, readonly Hostile[]>>
export type Takes = keyof typeof takes
