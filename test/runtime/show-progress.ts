import { showProgress } from '../../runtime/train/progress.ts'

/** Shows a training of many layers that is over at once: what a terminal is shown, a test reads. */

const view = showProgress()
const losses = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`layer${i + 1}`, 1 + i / 10]))
for (let step = 1; step <= 20; step++) {
  view.update({
    step,
    totalSteps: 20,
    stepsPerEpoch: 10,
    rate: 0.1,
    losses,
    imagesPerSecond: 1000,
    secondsLeft: 20 - step,
  })
  await new Promise((resolve) => setTimeout(resolve, 25))
}
view.stop()
