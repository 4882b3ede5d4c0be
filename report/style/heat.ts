import { heatColour, SHADES } from '../colours.ts'
import { inkOn } from '../contrast.ts'

/** Shades of parts, from none to all, and the ink that is read on each. */
const shades = Array.from({ length: SHADES + 1 }, (_, shade) => shade)

/** As variables of a page that is light or dark. */
export const heatVariables = (on: 'light' | 'dark'): string =>
  shades
    .map((shade) => {
      const colour = heatColour(shade / SHADES, on)
      return `--heat${shade}: ${colour}; --on-heat${shade}: ${inkOn(colour)};`
    })
    .join(' ')

export const heatRules = shades
  .map(
    (shade) =>
      `svg .heat${shade} { fill: var(--heat${shade}); } svg .on-heat${shade} { fill: var(--on-heat${shade}); }`,
  )
  .join('\n')
