import { Markup } from '../markup.ts'
import { light, sans } from './palette.ts'
import type { Palette } from './palette.ts'

/** Classes stand on groups, so that what is in one inherits. */
export const drawings = (colour: (name: keyof Palette) => string): string => `
svg { display: block; max-width: 100%; height: auto; font: 11px ${sans};
  font-variant-numeric: tabular-nums; fill: ${colour('ink')}; }
svg .ink { fill: ${colour('ink')}; }
svg .quiet { fill: ${colour('quiet')}; }
svg .strong { font-weight: 650; }
svg .grid { stroke: ${colour('line')}; stroke-opacity: 1; fill: none; }
svg .reference { stroke: ${colour('quiet')}; stroke-dasharray: 3 3; fill: none; }
svg .trained { fill: ${colour('accent')}; stroke: ${colour('accent')}; }
svg .baseline { fill: ${colour('page')}; stroke: ${colour('quiet')}; }
svg .page { fill: ${colour('page')}; }`

/**
 * The style of a drawing that stands alone: light, because it cannot know where it will be shown, and
 * without variables, which not every program that draws SVG understands.
 */
export const drawingStyle = new Markup(`<style>${drawings((name) => light[name])}</style>`)
