import { wrongInAddress } from './address.ts'
import { asked, chosenRule, offer, refusal, setControls, showState } from './controls.ts'
import { diagram } from './diagram.ts'
import { element } from './element.ts'
import { drawFigures } from './figures.ts'
import { knowsWebgpu, nameOf, isIsolated, tryWebgpu, webgpu } from './machines.ts'
import { showKernels, showViews } from './pictures.ts'
import { save, savedText } from './saved.ts'
import { PageSession } from './session.ts'
import { showTable } from './table.ts'
import type { Answer } from '../messages.ts'

/** Charts are drawn so often at most: what draws them takes time from what trains. */
const DRAW_EVERY = 500

let waiting = false
function drawSoon(): void {
  if (waiting) return
  waiting = true
  setTimeout(() => {
    waiting = false
    draw()
  }, DRAW_EVERY)
}

function draw(): void {
  drawFigures(session.run, session.before)
  showTable(session.run)
}

const told = element('told', HTMLParagraphElement)
const say = (text: string, failed = false): void => {
  told.textContent = text
  told.classList.toggle('failed', failed)
}

const session = new PageSession((answer) => {
  showState(session.state, session.isGoing)
  element('controls', HTMLFormElement).ariaBusy = String(session.isBusy)
  showStanding()
  if (answer) hear(answer)
  else draw()
})

function hear(answer: Answer): void {
  if (answer.kind === 'doing') say(`${answer.what[0]?.toUpperCase() ?? ''}${answer.what.slice(1)} …`)
  else if (answer.kind === 'failed') say(`It cannot go on: ${answer.message}`, true)
  else if (answer.kind === 'ended') say('Done. Choose another rule, or another seed, and compare.')
  else if (answer.kind === 'ready') {
    say('')
    showViews(answer.viewed)
    showKernels(answer.kernels, answer.kernels)
  } else if (answer.kind === 'kernels' && session.run?.ready)
    showKernels(session.run.ready.kernels, answer.kernels)
  if (answer.kind === 'ended' || answer.kind === 'looked') draw()
  else drawSoon()
}

function showStanding(): void {
  const { run } = session
  const bar = element('progress', HTMLProgressElement)
  const ready = run?.ready
  bar.max = ready?.totalSteps ?? 1
  bar.value = run?.steps ?? 0
  element('save', HTMLButtonElement).disabled = ![...session.before, run].some(
    (each) => each && each.steps > 0,
  )
  const place = element('standing', HTMLParagraphElement)
  if (!run || !ready) {
    place.textContent = ''
    return
  }
  const speed = run.stepsPerSecond
  const parts = [
    `Step ${run.steps} of ${ready.totalSteps}`,
    ...(speed === undefined
      ? []
      : [`${speed.toFixed(1)} steps/s`, `${(speed * ready.batch).toFixed(0)} pictures/s`]),
    nameOf(run.asked.machine),
  ]
  place.textContent = parts.join(' · ')
}

/** Trains, where nothing refuses what is asked for; a run that is there goes on all the same. */
function go(how: 'go' | 'step'): void {
  const why = session.begins ? refusal() : undefined
  if (why === undefined) session.go(asked, how)
  else say(why, true)
}

/** What was trained until now stays, in grey; what is chosen is trained at once where the page was training. */
function restart(): void {
  const [wasGoing, why] = [session.isGoing, refusal()]
  session.reset()
  say(why ?? '', why !== undefined)
  if (wasGoing) go('go')
}

element('controls', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  if (session.isGoing) session.pause()
  else go('go')
})
element('step', HTMLButtonElement).addEventListener('click', () => {
  go('step')
})
element('restart', HTMLButtonElement).addEventListener('click', restart)
element('save', HTMLButtonElement).addEventListener('click', () => {
  const runs = [...session.before, ...(session.run ? [session.run] : [])]
  save('hebb-runs.json', savedText(runs))
})
element('controls', HTMLFormElement).addEventListener('change', () => {
  element('diagram', HTMLElement).innerHTML = diagram(chosenRule())
  restart()
})
new ResizeObserver(draw).observe(element('compared', HTMLDivElement))

const tryButton = element('try-webgpu', HTMLButtonElement)
tryButton.addEventListener('click', () => {
  session.pause()
  const why = refusal()
  if (why !== undefined) {
    say(why, true)
    return
  }
  tryButton.disabled = true
  say('Trying three steps on WebGPU, and the same in WebAssembly …')
  tryWebgpu(asked())
    .then((milliseconds) => {
      say(`WebGPU computes the same losses; its last step took ${milliseconds.toFixed(0)} ms.`)
      offer(webgpu)
      session.reset()
      tryButton.hidden = true
    })
    .catch((error: unknown) => {
      say(`WebGPU cannot be used here: ${firstLine(error)}`, true)
    })
})

/** What to do about it is for who compiles. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1).join('')
}

setControls()
element('diagram', HTMLElement).innerHTML = diagram(chosenRule())
showState('idle', false)
draw()
const unheard = wrongInAddress()
const slower =
  'One thread: whoever serves this page does not send the headers that allow more, and training is slower.'
say([unheard, isIsolated() ? '' : slower].filter(Boolean).join('\n'), unheard !== '')
tryButton.hidden = !knowsWebgpu()
