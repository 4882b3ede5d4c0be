import { at } from '../../src/base/lists.ts'

/** How scores of the classes agree with labels. */

/** Scores from which on `top5` says something. */
const MORE_THAN_TOP = 5

export interface ClassFigures {
  readonly class: number
  /** Images with this label, and how many are taken to be of this class. */
  readonly images: number
  readonly predicted: number
  /** The part of its images that is recognised; undefined where there are none. */
  readonly recall: number | undefined
  /** The part of what is taken to be of this class that is; undefined where nothing is. */
  readonly precision: number | undefined
}

export interface Figures {
  readonly images: number
  /** In 0..1. */
  readonly accuracy: number
  /** The part of the images whose label is among the five highest scores; undefined of five classes or fewer. */
  readonly top5: number | undefined
  /** Images by label (rows) and by the class with the highest score (columns). */
  readonly confusion: readonly (readonly number[])[]
  readonly perClass: readonly ClassFigures[]
}

/** Counts scores against labels, image by image. */
export class Judge {
  private readonly counts: Uint32Array[]
  private amongTop = 0
  private readonly classes: number

  constructor(classes: number) {
    this.classes = classes
    this.counts = Array.from({ length: classes }, () => new Uint32Array(classes))
  }

  /** One image; of classes with equal scores the first comes first. */
  add(scores: ArrayLike<number>, label: number): void {
    const own = at(scores, label)
    let [before, best] = [0, 0]
    for (let i = 0; i < this.classes; i++) {
      const score = at(scores, i)
      if (score > own || (score === own && i < label)) before++
      if (score > at(scores, best)) best = i
    }
    const row = at(this.counts, label)
    row[best] = at(row, best) + 1
    if (before < MORE_THAN_TOP) this.amongTop++
  }

  figures(): Figures {
    const confusion = this.counts.map((row) => Array.from(row))
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    const perClass = confusion.map((row, label): ClassFigures => {
      const [images, predicted] = [sum(row), sum(confusion.map((each) => at(each, label)))]
      const right = at(row, label)
      return {
        ...{ class: label, images, predicted },
        recall: images === 0 ? undefined : right / images,
        precision: predicted === 0 ? undefined : right / predicted,
      }
    })
    const images = sum(perClass.map((each) => each.images))
    return {
      images,
      accuracy: sum(confusion.map((row, label) => at(row, label))) / images,
      top5: this.classes > MORE_THAN_TOP ? this.amongTop / images : undefined,
      ...{ confusion, perClass },
    }
  }
}
