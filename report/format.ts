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

/** Coordinates of drawings: a hundredth of a pixel is enough and keeps pages small. */
export const round = (value: number): number => Math.round(value * 100) / 100

/** `word` for one, `words` for more. */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
