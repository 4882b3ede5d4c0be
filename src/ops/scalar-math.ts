/** What elementwise ops make of one number, or of two: for passes that know an operand before any data are there. */

export const binaryMath: Readonly<Record<string, ((a: number, b: number) => number) | undefined>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
}

export const unaryMath: Readonly<Record<string, ((x: number) => number) | undefined>> = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  relu: (x) => Math.max(x, 0),
  floor: Math.floor,
  heaviside: (x) => (x > 0 ? 1 : 0),
  notNegative: (x) => (x >= 0 ? 1 : 0),
}
