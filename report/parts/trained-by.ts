import { markup } from '../markup.ts'
import { settingsList, shellLines } from './part.ts'
import type { Markup } from '../markup.ts'
import type { Run, Told } from '../run.ts'

const told = ({ what, command }: Told): Markup => markup`<p class="quiet">${what}</p>
${shellLines([command])}`

/** The commands of a run, what each does, and its settings; undefined where it has neither. */
export const trainedBy = ({ command, commands = [], from, settings = [] }: Run): Markup | undefined => {
  const all = [
    ...(command === undefined ? [] : [{ what: 'Trains the same run again, to the same bits.', command }]),
    ...commands,
  ]
  if (all.length === 0 && settings.length === 0) return undefined
  const place =
    all.length > 0 && from !== undefined
      ? markup`<p class="quiet">Paths begin at <code>${from}</code>.</p>
`
      : undefined
  return markup`${all.map(told)}${place}${settings.length > 0 ? settingsList(settings) : undefined}`
}
