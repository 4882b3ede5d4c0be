export const light = {
  page: '#fdfdfc',
  panel: '#f5f5f3',
  ink: '#1d2126',
  quiet: '#5b636e',
  line: '#dfe0dd',
  accent: '#1f5fa8',
  foreign: '#8a4300',
  'foreign-fill': '#fbeedd',
}

export type Palette = typeof light

export const dark: Palette = {
  page: '#14171b',
  panel: '#1c2026',
  ink: '#e6e8ea',
  quiet: '#9ba4af',
  line: '#31373f',
  accent: '#7db3f2',
  foreign: '#f0b877',
  'foreign-fill': '#3a2a17',
}

export const sans = `ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif`
