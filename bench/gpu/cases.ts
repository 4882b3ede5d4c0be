import { horizontalFlip } from '../../src/index.ts'
import { describe, describeForwardForward, describeResNet, vgg6, type Described } from '../programs.ts'

/**
 * The programs that a GPU is tried with: small ones first, as they say most in the least time. Images are flipped and no more, so
 * that steps are those of PyTorch, which is given the views; what more augmentation costs is measured for itself.
 */

const lightly = ({ program, ...described }: Described): Described => ({
  ...described,
  program: { ...program, augment: [horizontalFlip()] },
})

const small = {
  'clapp++ quarter': () => lightly(describe('clapp++', vgg6('cifar10', 'quarter'))),
  'bp-clapp++ quarter': () => lightly(describe('bp-clapp++', vgg6('cifar10', 'quarter'))),
  'forward-forward': () => lightly(describeForwardForward()),
  'clapp++dfb quarter': () => lightly(describe('clapp++dfb', vgg6('cifar10', 'quarter'))),
  'resnet-18': () => lightly(describeResNet()),
} satisfies Record<string, () => Described>

const large = {
  'clapp++ full': () => lightly(describe('clapp++', vgg6('cifar10', 'full'))),
  'bp-clapp++ full': () => lightly(describe('bp-clapp++', vgg6('cifar10', 'full'))),
  'clapp++dfb full': () => lightly(describe('clapp++dfb', vgg6('cifar10', 'full'))),
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
