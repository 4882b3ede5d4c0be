import { PageTrainer } from './trainer.ts'
import type { Begin, Machine } from '../messages.ts'

/** More threads than these gain little: graphs of so small a network have short operations. */
const MOST_THREADS = 4

/** Whether this page may use several threads: where it is isolated from other sites, as headers of its server say. */
export const isIsolated = (): boolean => self.crossOriginIsolated

/** The first is what a machine of its own is quickest by; where others have the cores, threads wait for each other. */
export const machinesHere = (): readonly Machine[] => {
  const all = isIsolated() ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1
  return [...new Set([all, 1])].map((threads) => ({ kind: 'wasm', threads }))
}

export const webgpu: Machine = { kind: 'webgpu', threads: 1 }

export const nameOf = ({ kind, threads }: Machine): string =>
  kind === 'webgpu' ? 'WebGPU' : `WebAssembly, ${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** Whether this browser knows WebGPU; with which graphics cards, it tells who asks. */
export const knowsWebgpu = (): boolean => typeof Reflect.get(navigator, 'gpu') === 'object'

/** Whether there is a graphics card that a page may use. */
async function hasAdapter(): Promise<boolean> {
  const gpu: unknown = Reflect.get(navigator, 'gpu')
  if (typeof gpu !== 'object' || gpu === null) return false
  const ask: unknown = Reflect.get(gpu, 'requestAdapter')
  if (typeof ask !== 'function') return false
  try {
    const adapter: unknown = await Reflect.apply(ask, gpu, [])
    return adapter !== null
  } catch {
    return false
  }
}

const STEPS = 3
/** Milliseconds for them: what takes longer is no better than WebAssembly. */
const PATIENCE = 60_000
/** Products of a graphics card have other last bits; what is further off is wrong. */
const CLOSE = 1e-3

/**
 * Does some steps on WebGPU, and the same ones in WebAssembly.
 *
 * @returns milliseconds of the last step on WebGPU
 * @throws Error that says why it cannot be used
 */
export async function tryWebgpu(begin: Begin): Promise<number> {
  if (!(await hasAdapter())) throw new Error('there is no graphics card that a page may use')
  const wanted = await stepsOn({ ...begin, lookEvery: 0, machine: { kind: 'wasm', threads: 1 } })
  const found = await stepsOn({ ...begin, lookEvery: 0, machine: webgpu })
  for (const [step, { losses }] of found.entries())
    for (const [layer, loss] of Object.entries(losses)) {
      const own = wanted[step]?.losses[layer]
      if (own === undefined || !(Math.abs(own - loss) < CLOSE))
        throw new Error(`its loss of ${layer} is ${loss}, not ${own ?? 'known'}`)
    }
  return found.at(-1)?.milliseconds ?? NaN
}

interface Done {
  readonly losses: Readonly<Record<string, number>>
  readonly milliseconds: number
}

function stepsOn(begin: Begin): Promise<readonly Done[]> {
  const done: Done[] = []
  return new Promise<readonly Done[]>((resolve, reject) => {
    const fail = (problem: string): void => {
      trainer.end()
      reject(new Error(problem))
    }
    const late = setTimeout(() => {
      fail(`${STEPS} steps take more than ${PATIENCE / 1000} seconds`)
    }, PATIENCE)
    const trainer = new PageTrainer(begin, (answer) => {
      if (answer.kind === 'failed') {
        clearTimeout(late)
        fail(answer.message)
      } else if (answer.kind === 'stepped') {
        done.push(answer)
        if (done.length < STEPS) trainer.tell({ kind: 'step' })
        else {
          clearTimeout(late)
          trainer.end()
          resolve(done)
        }
      }
    })
    trainer.tell({ kind: 'step' })
  })
}
