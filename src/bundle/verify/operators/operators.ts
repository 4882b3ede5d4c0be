import { elementwise } from './elementwise.ts'
import { movement } from './movement.ts'
import { products } from './products.ts'
import { windows } from './windows.ts'
import type { Operator } from '../call.ts'

/** What graphs of the compiler are made of, beside loops. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({ ...elementwise, ...movement, ...products, ...windows }),
)
