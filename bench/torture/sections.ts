import { torture as kills } from './kills/kills.ts'
import { torture as inputs } from './inputs/inputs.ts'
import { torture as programs } from './programs/programs.ts'
import { torture as commands } from './commands/commands.ts'
import { torture as outside } from './outside/outside.ts'
import type { Settings, Tally } from './cases.ts'

export const sectionNames = ['kills', 'inputs', 'programs', 'commands', 'outside'] as const
export type SectionName = (typeof sectionNames)[number]

interface Section {
  /** How many, where nobody says otherwise. */
  readonly usual: number
  /** Undefined where the section has nothing to work on. */
  readonly torture: (settings: Settings) => Promise<Tally | undefined>
}

export const sections: Readonly<Record<SectionName, Section>> = {
  kills: { usual: 200, torture: kills },
  inputs: { usual: 3000, torture: inputs },
  programs: { usual: Infinity, torture: programs },
  commands: { usual: 300, torture: commands },
  outside: { usual: Infinity, torture: outside },
}
