import { rules, type RuleName } from '../rules.ts'
import { fromAddress } from './address.ts'
import { element } from './element.ts'
import { machinesHere, nameOf } from './machines.ts'
import { ruleLook } from './rule-look.ts'
import type { Begin, Machine } from '../messages.ts'
import type { State } from './session.ts'

/** What the page is asked for: by its controls, and at first by its address. */

const LOOK_EVERY = 31
let lookEvery = LOOK_EVERY

const seed = (): HTMLInputElement => element('seed', HTMLInputElement)
const machines: Machine[] = [...machinesHere()]
const choices = (): HTMLInputElement[] =>
  Array.from(document.querySelectorAll<HTMLInputElement>('input[name=rule]'))

const isRule = (name: string): name is RuleName => rules.some((rule) => rule === name)

/** The rule that is chosen. */
export function chosenRule(): RuleName {
  const value = choices().find(({ checked }) => checked)?.value ?? ''
  if (!isRule(value)) throw new Error(`there is no rule '${value}'`)
  return value
}

const seeds = (): string => `a whole number from ${seed().min} to ${seed().max}`

/** Why nothing can be begun; undefined where it can. */
export const refusal = (): string | undefined =>
  seed().validity.valid ? undefined : `The seed must be ${seeds()}.`

/** What to begin with. Nothing refuses it. */
export function asked(): Begin {
  const machine = machines[element('machine', HTMLSelectElement).selectedIndex] ?? machines[0]
  if (!machine) throw new Error('there is nothing to run on')
  return {
    ...{ kind: 'begin', rule: chosenRule(), machine },
    ...{ seed: seed().valueAsNumber, lookEvery },
  }
}

/** Offers another machine, and chooses it. */
export function offer(machine: Machine): void {
  machines.push(machine)
  showMachines()
  element('machine', HTMLSelectElement).selectedIndex = machines.length - 1
}

function showMachines(): void {
  const options = machines.map((machine) => new Option(nameOf(machine)))
  element('machine', HTMLSelectElement).replaceChildren(...options)
}

/** Sets the controls as the address says. */
export function setControls(): void {
  showMachines()
  for (const { value, labels } of choices())
    for (const label of labels ?? []) {
      if (!isRule(value)) throw new Error(`there is no rule '${value}'`)
      const { colour, mark } = ruleLook[value]
      label.style.setProperty('--rule', colour)
      label.style.setProperty('--mark', `'${mark}'`)
    }
  fromAddress('rule', rules.map(encodeURIComponent), (rule) => {
    const choice = choices().find(({ value }) => value === rule)
    if (choice) choice.checked = true
    return choice !== undefined
  })
  fromAddress('seed', seeds(), (text) => {
    seed().value = text
    const isTaken = seed().validity.valid
    if (!isTaken) seed().value = seed().defaultValue
    return isTaken
  })
  const counts = machines.map(({ threads }) => String(threads))
  fromAddress('threads', counts, (text) => {
    const index = counts.indexOf(text)
    if (index >= 0) element('machine', HTMLSelectElement).selectedIndex = index
    return index >= 0
  })
  fromAddress('looks', '0, or nothing', (text) => {
    if (text === '0') lookEvery = 0
    return text === '0'
  })
}

const words: Readonly<Record<State, string>> = {
  idle: 'Train',
  preparing: 'Pause',
  running: 'Pause',
  paused: 'Go on',
  ended: 'Train again',
  failed: 'Try again',
}

/** Buttons say what they would do now. */
export function showState(state: State, isGoing: boolean): void {
  const going = state === 'preparing' ? isGoing : state === 'running'
  element('train', HTMLButtonElement).textContent =
    state === 'preparing' && !isGoing ? words.paused : words[state]
  element('step', HTMLButtonElement).disabled = going || state === 'ended'
  element('restart', HTMLButtonElement).disabled = state === 'idle'
}
