import { seeDoctor } from '../../../runtime/onnxruntime/cuda-needs.ts'
import { UserError } from '../../base/error.ts'

/** What `hebb doctor` looked at, and found. */
export interface Finding {
  readonly name: string
  /** Good; bad, so that a run could not start; or worth knowing. */
  readonly state: 'good' | 'bad' | 'note'
  readonly found: string
  /** What to do about what is bad. */
  readonly help?: string | undefined
}

export interface Group {
  readonly title: string
  readonly findings: readonly Finding[]
}

export const good = (name: string, found: string): Finding => ({ name, state: 'good', found })
export const note = (name: string, found: string, help?: string): Finding => ({
  ...{ name, state: 'note', found },
  ...(help === undefined ? {} : { help }),
})
/** Whoever reads it has asked the doctor already. */
export function bad(name: string, found: string, help = ''): Finding {
  const rest = help.replace(seeDoctor, '').trim()
  return { name, state: 'bad', found, ...(rest === '' ? {} : { help: rest }) }
}

/** What went wrong, as a finding: the first line of a user's mistake is what, the others say what to do. */
export function failed(name: string, error: unknown): Finding {
  if (!(error instanceof UserError)) throw error
  const rest = error.message.split('\n').slice(1)
  return bad(name, error.problem, rest.map((line) => line.trim()).join(' '))
}

/** What a look at something finds. @throws what is no mistake of a user */
export function looked(name: string, look: () => Finding): Finding {
  try {
    return look()
  } catch (error) {
    return failed(name, error)
  }
}
