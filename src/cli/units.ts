/** Numbers for people. */

const scaled = (value: number, steps: readonly string[], base: number): string => {
  let step = 0
  let rest = value
  while (rest >= base && step < steps.length - 1) {
    rest /= base
    step += 1
  }
  return `${step === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${steps[step] ?? ''}`.trim()
}

/** `1.4 MB`; a kilobyte is 1000 bytes, as disks are sold. */
export const bytes = (value: number): string => scaled(value, ['B', 'kB', 'MB', 'GB', 'TB'], 1000)

/** `16.0 M`: parameters, operations. */
export const count = (value: number): string => scaled(value, ['', 'k', 'M', 'G', 'T', 'P'], 1000)

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** `1 layer`, `3 layers`. */
export const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** `29%` of 0.29, `12.5%`: a fraction as it was given, without the digits of its rounding. */
export const percentOf = (fraction: number): string => `${Number((100 * fraction).toPrecision(12))}%`
