import { expect, test } from 'vitest'
import { stillLearning } from '../../src/cli/still-learning.ts'

const encoders = (...courses: readonly { readonly steps: number; readonly fall: number }[]) => [
  {
    encoder: 'trained' as const,
    results: courses.map((course) => ({
      ...{ probe: 'average', dimension: 3, knn: 0, linear: 0, fewLabels: { mean: 0, values: [0] } },
      course,
    })),
  },
]

test('linear classifiers that had more to learn are told of, and what lets them', () => {
  expect(
    stillLearning(encoders({ steps: 180, fall: 0.13 }, { steps: 180, fall: 0.01 }), '--epochs 15'),
  ).toEqual([
    'Note: 1 of 2 linear classifiers had more to learn after 180 steps: up to 13% of all that their losses fell by came in the last tenth.\nTheir accuracies are too low, and may order encoders wrongly; --epochs 15 lets them go on.',
  ])
})

test.each([
  ['that have learned what there is', { steps: 180, fall: 0.004 }],
  ['that took as many steps as those of the paper', { steps: 30_000, fall: 0.05 }],
])('those %s are not told of', (_which, course) => {
  expect(stillLearning(encoders(course), '--epochs 15')).toEqual([])
})
