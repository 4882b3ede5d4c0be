import type { RuleName } from '../rules.ts'

export interface RuleLook {
  readonly colour: string
  readonly mark: string
}

/** Of a rule's curves. No layer has such a colour or mark; ink is what the others are compared with. */
export const ruleLook: Readonly<Record<RuleName, RuleLook>> = {
  'clapp++': { colour: '#8a62c4', mark: '■' },
  'clapp++dfb': { colour: '#c2509a', mark: '▲' },
  'bp-clapp++': { colour: 'var(--ink)', mark: '◆' },
}
