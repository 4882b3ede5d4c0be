import { describe, describeForwardForward, describeResNet, vgg6, type Described } from '../programs.ts'

/** The programs that a GPU is tried with: small ones first, as they say most in the least time. */

const small = {
  'clapp++ quarter': () => describe('clapp++', vgg6('cifar10', 'quarter')),
  'bp-clapp++ quarter': () => describe('bp-clapp++', vgg6('cifar10', 'quarter')),
  'forward-forward': () => describeForwardForward(),
  'clapp++dfb quarter': () => describe('clapp++dfb', vgg6('cifar10', 'quarter')),
  'resnet-18': () => describeResNet(),
} satisfies Record<string, () => Described>

const large = {
  'clapp++ full': () => describe('clapp++', vgg6('cifar10', 'full')),
  'bp-clapp++ full': () => describe('bp-clapp++', vgg6('cifar10', 'full')),
  'clapp++dfb full': () => describe('clapp++dfb', vgg6('cifar10', 'full')),
} satisfies Record<string, () => Described>

export const cases = { ...small, ...large }
export type CaseName = keyof typeof cases
export const caseNames = Object.keys(cases) as CaseName[]

export const isLarge = (name: CaseName): boolean => name in large

/** Steps whose losses are compared. */
export const COMPARED = 20
/** Steps of a run of the graphs whose time is measured. */
export const stepsPerRun = [1, 8, 32, 64] as const
export const MOST_STEPS = Math.max(...stepsPerRun)
