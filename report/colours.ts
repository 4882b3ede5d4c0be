import { at } from '../src/base/lists.ts'

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

/** Of how much there is of something, from 0 to 1: from nearly white to dark blue. */
const heat: readonly Rgb[] = [
  [243, 245, 248],
  [173, 201, 232],
  [84, 141, 202],
  [24, 83, 152],
  [8, 45, 94],
]

/** The same on dark pages, from nearly black to light blue. */
const darkHeat: readonly Rgb[] = [
  [30, 35, 42],
  [36, 62, 96],
  [52, 100, 156],
  [104, 160, 220],
  [196, 222, 250],
]

export const heatColour = (part: number, on: 'light' | 'dark' = 'light'): string =>
  between(on === 'light' ? heat : darkHeat, part)

/** So many colours of parts above none are told apart, and keep a page small. */
export const SHADES = 16

/** Each at least 3:1 on white and on the dark page; neighbours differ in shape, too. */
const classes = [
  ['#3f74c9', 'circle'],
  ['#c8641c', 'triangle'],
  ['#188a7d', 'square'],
  ['#cf4561', 'diamond'],
  ['#8a62c4', 'cross'],
  ['#5b8a2a', 'star'],
  ['#a8653a', 'circle'],
  ['#c2509a', 'square'],
  ['#2a86ad', 'triangle'],
  ['#8b7d1f', 'diamond'],
  ['#6a6fd6', 'star'],
  ['#b0524f', 'cross'],
] as const

export const CLASS_COLOURS: readonly string[] = classes.map(([colour]) => colour)
/** Of classes that are not named. */
export const OTHER_COLOUR = '#83878d'

export const classColour = (index: number): string => at(classes, index % classes.length)[0]
export type ClassSymbol = (typeof classes)[number][1]
export const classSymbol = (index: number): ClassSymbol => at(classes, index % classes.length)[1]
