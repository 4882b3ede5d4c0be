type Rgb = readonly [red: number, green: number, blue: number]

const hex = (colour: Rgb): string =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`

/** The colour at `position` (0 to 1) on a path through the stops. */
const between = (stops: readonly Rgb[], position: number): string => {
  const place = Math.min(1, Math.max(0, position)) * (stops.length - 1)
  const from = Math.min(Math.floor(place), stops.length - 2)
  const [a, b] = [stops[from] ?? [0, 0, 0], stops[from + 1] ?? [0, 0, 0]]
  const mix = (channel: 0 | 1 | 2) => a[channel] + (b[channel] - a[channel]) * (place - from)
  return hex([mix(0), mix(1), mix(2)])
}

/** From the first layer to the last; each at least 3:1 on white and on the dark page. */
const depth: readonly Rgb[] = [
  [74, 111, 214],
  [24, 143, 160],
  [98, 140, 46],
  [199, 112, 30],
  [206, 66, 90],
]

/** One colour per layer, in order of depth. */
export const layerColour = (index: number, count: number): string =>
  between(depth, count > 1 ? index / (count - 1) : 0)

/** Blue and orange, told apart with any kind of colour vision; as dark at either end. */
const diverging: readonly Rgb[] = [
  [20, 70, 150],
  [92, 148, 205],
  [242, 241, 238],
  [233, 148, 74],
  [158, 62, 4],
]

/** The colour of a weight from -1 to 1; zero is nearly white. */
export const signColour = (weight: number): string => between(diverging, (weight + 1) / 2)

/** The colour of a weight per colour channel, each from -1 to 1; zero is mid-grey. */
export const rgbColour = (red: number, green: number, blue: number): string => {
  const level = (weight: number) => 127.5 * (1 + Math.min(1, Math.max(-1, weight)))
  return hex([level(red), level(green), level(blue)])
}
