import { classColour, OTHER_COLOUR } from '../../../report/colours.ts'
import { rules, type RuleName } from '../rules.ts'
import { element } from './element.ts'
import { machinesHere, nameOf } from './machines.ts'
import type { Begin, Machine } from '../messages.ts'
import type { State } from './session.ts'

/** What the page is asked for: by its controls, and at first by its address (`?rule=bp-clapp%2B%2B&seed=3`). */

const LOOK_EVERY = 31
const [MOST_SEED, PATTERN] = [999_999, /^\d{1,6}$/]
const given = new URL(location.href).searchParams

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

/** What to begin with. */
export function asked(): Begin {
  const field = seed()
  if (!PATTERN.test(field.value)) field.value = '0'
  const machine = machines[element('machine', HTMLSelectElement).selectedIndex] ?? machines[0]
  if (!machine) throw new Error('there is nothing to run on')
  return {
    ...{ kind: 'begin', rule: chosenRule(), machine },
    seed: Math.min(MOST_SEED, Number(field.value)),
    lookEvery: given.get('looks') === '0' ? 0 : LOOK_EVERY,
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

/** The colour of a rule's curves. */
export const ruleColour = (rule: RuleName): string => classColour(rules.indexOf(rule))

/** Sets the controls as the address says. */
export function setControls(): void {
  showMachines()
  for (const { value, labels } of choices())
    for (const label of labels ?? [])
      label.style.setProperty('--rule', isRule(value) ? ruleColour(value) : OTHER_COLOUR)
  const [rule, number] = [given.get('rule'), given.get('seed')]
  for (const choice of choices()) if (choice.value === rule) choice.checked = true
  if (number !== null && PATTERN.test(number)) seed().value = number
  const threads = machines.findIndex((machine) => String(machine.threads) === given.get('threads'))
  if (threads >= 0) element('machine', HTMLSelectElement).selectedIndex = threads
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
