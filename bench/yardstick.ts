import { allocators, type Allocator } from './allocators.ts'

/** What PyTorch is given, from how Python starts it to what a user who cares about speed gives it. */

export interface Way {
  readonly name: string
  /** Of its process. */
  readonly allocator: Allocator
  /** As bench/peers/kinds/ways.py calls it. */
  readonly told: string
}

const isThere = ({ allocator }: Way): boolean => allocators[allocator] !== undefined

const [own, kept, jemalloc] = ['own', 'ours', 'jemalloc'] as const

/** Whose steps are timed; the optimizer is fused AdamW but in the first. What a case does not know is left out. */
export const timedWays: readonly Way[] = [
  { name: 'default', allocator: own, told: 'default' },
  { name: 'fused', allocator: own, told: 'fused' },
  { name: 'kept memory', allocator: kept, told: 'fused' },
  { name: 'kept, channels-last', allocator: kept, told: 'channels-last' },
  { name: 'jemalloc', allocator: jemalloc, told: 'fused' },
  { name: 'jemalloc, channels-last', allocator: jemalloc, told: 'channels-last' },
  { name: 'kept, compiled', allocator: kept, told: 'compiled, channels-last' },
].filter(isThere)

/** Whose memory is measured. */
export const frugalWays: readonly Way[] = [
  { name: 'default', allocator: own, told: 'default' },
  { name: 'foreach', allocator: own, told: 'foreach' },
  { name: 'fused', allocator: own, told: 'fused' },
  { name: 'channels-last', allocator: own, told: 'channels-last' },
  { name: 'kept memory', allocator: kept, told: 'fused' },
  { name: 'jemalloc', allocator: jemalloc, told: 'fused' },
].filter(isThere)
