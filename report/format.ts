const units = ['', ' k', ' M', ' G', ' T', ' P']

/** With a true minus, and thousands apart where there are no decimals. */
export const formatNumber = (value: number, decimals = 0): string => {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1e15) return value.toExponential(2)
  const digits = value.toFixed(decimals).replace('-', '−')
  return decimals === 0 ? digits.replace(/\B(?=(\d{3})+$)/g, '\u202f') : digits
}

/** Three significant digits with a unit: 1234567 is `1.23 M`. */
export const formatCount = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)))
  const scaled = value / 1000 ** power
  const decimals = power === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(scaled))))
  return scaled.toFixed(decimals) + (units[power] ?? '')
}

/** `1.23 MB`; a kilobyte is 1000 bytes. */
export const formatBytes = (value: number): string =>
  value < 1000 ? `${value} B` : Number.isFinite(value) ? `${formatCount(value)}B` : '–'

/** Three significant digits, all of whole ones: `1.23 ms`, `45.6 ms`, `1234 ms`. */
export const formatMilliseconds = (value: number): string =>
  Number.isFinite(value) ? `${value < 100 ? value.toPrecision(3) : value.toFixed(0)} ms` : '–'

/** `8.4 s`, `3 min 20 s` or `2 h 05 min`. */
export const formatSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** A fraction of 1 in per cent, one decimal, without the sign. */
export const formatPercent = (fraction: number): string =>
  Number.isFinite(fraction) ? (100 * fraction).toFixed(1) : '–'

/** `word` for one, `words` for more. */
export const plural = (count: number, word: string, words = `${word}s`): string =>
  `${count} ${count === 1 ? word : words}`

const letters = new Intl.Segmenter('en')

/** At most so many letters, the last of them `…` where there are more: names of strangers may be of any length. */
export const shorten = (name: string, longest: number): string => {
  const all = [...letters.segment(name)].map(({ segment }) => segment)
  return all.length > longest ? `${all.slice(0, longest - 1).join('')}…` : name
}

/** Pixels that a text of 12 pixels takes, a little more than in most fonts; capitals are wider. */
export const widthOf = (text: string): number =>
  6.7 * text.length + 1.7 * (text.match(/[A-Z+]/g)?.length ?? 0)

/** Lines of at most so many characters, where words are not longer. */
export const wrap = (text: string, longest: number): readonly string[] =>
  text.split(/\s+/).reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1)
    if (last === undefined) return [word]
    const longer = `${last} ${word}`
    return longer.length <= longest ? [...lines.slice(0, -1), longer] : [...lines, word]
  }, [])
