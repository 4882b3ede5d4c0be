import { availableCores } from '../../src/base/cores.ts'
import { parseJsonAs } from '../../src/base/strangers.ts'
import { digest } from '../data/cache/digest.ts'
import { kept } from '../data/cache/kept.ts'
import { labelsOf } from '../data/dataset.ts'
import { versions } from '../session/versions.ts'
import { bytesOf } from '../values/tensor.ts'
import { resultSchema, type ProbeResult } from './result.ts'
import type { Features } from './features.ts'
import type { ProbeOptions } from './probe-options.ts'
import type { Probe } from './teaching.ts'

/**
 * What is found again and again of the same features, such as of raw pixels by every run of a sweep, is kept in the cache.
 */

/** Of a thousand classes what each is taken for fills some megabytes. */
const LARGEST = 16 * 1024 * 1024
const MOST_VALUES = 8_000_000

/**
 * Gives what was found before of the same features and labels by the same settings, or finds it and keeps it.
 *
 * @param features of images to learn from, and of others
 */
export async function remembered(
  probe: Probe,
  [known, asked]: readonly [Features, Features],
  options: ProbeOptions,
  find: () => Promise<ProbeResult>,
): Promise<ProbeResult> {
  const { train, test, seed, epochs, k, labelsPerClass, repeats, folds, provider, tf32, threads } = options
  const settings = { seed, epochs, k, labelsPerClass, repeats, folds, provider, tf32, threads }
  const text = JSON.stringify([probe, settings, versions(), availableCores(), train.folds])
  const labels = [train, test].map((images) => labelsOf(images, 'a probe'))
  const { found, keep } = kept('probes', keyOf([text, known.values, asked.values, ...labels]), LARGEST)
  const before = found === undefined ? undefined : parsed(found)
  if (before) return before
  const result = await find()
  keep(JSON.stringify(result))
  return result
}

/** With the lengths: the same rows divided otherwise are something else. */
const keyOf = (parts: readonly (string | Float32Array | Uint32Array)[]): string =>
  digest(...parts.flatMap((part) => [`${part.length} `, typeof part === 'string' ? part : bytesOf(part)]))

/** Undefined of what is damaged, which is found anew. */
function parsed(text: string): ProbeResult | undefined {
  try {
    return parseJsonAs(text, resultSchema, MOST_VALUES)
  } catch {
    return undefined
  }
}
