/**
 * How the best checkpoint is asked for: the smallest of a metric, `conv1.loss`, or the largest, `conv1.similarity:max`. Of
 * what probes tell rightly the largest is meant, whether that is said or not.
 */
export interface WantedMetric {
  readonly name: string
  readonly largest: boolean
}

const LARGEST = ':max'
const isAccuracy = (name: string): boolean => /^probe\.(.+\.)?(linear|knn)$/.test(name)

export const wantedMetric = (text: string): WantedMetric =>
  text.endsWith(LARGEST)
    ? { name: text.slice(0, -LARGEST.length), largest: true }
    : { name: text, largest: isAccuracy(text) }

/** Whether a value is better than the best before it; one that is not finite never is. */
export const isBetter = (text: string, value: number, best: number | undefined): boolean =>
  Number.isFinite(value) && (best === undefined || (wantedMetric(text).largest ? value > best : value < best))
