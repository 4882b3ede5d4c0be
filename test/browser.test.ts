import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPage } from '../scripts/browser/build.ts'
import { programs } from '../scripts/browser/bundles.ts'
import { LAST_PORT, requireFree, servePage, type Served } from '../scripts/browser/serve.ts'
import { ruleLook } from '../examples/browser/page/rule-look.ts'
import { EPOCHS, type RuleName } from '../examples/browser/rules.ts'
import { layerColour } from '../report/colours.ts'
import { batchesPerEpoch } from '../runtime/batches/epoch.ts'
import { openDataset } from '../runtime/data/open.ts'
import { Trainer } from '../runtime/train/trainer.ts'
import { compile } from '../src/compile.ts'
import { unnamed } from './report/in-page.ts'
import { expectReadable, heardOn, lacksChromium, launch } from './support/chromium.ts'

/** The page that trains in a browser. */

const STEPS = 20
const CLOSE = 1e-5

/** As the page saves it. */
interface Saved {
  readonly rule: RuleName
  readonly seed: number
  readonly steps: number
  readonly losses: Readonly<Record<string, readonly (readonly [step: number, loss: number])[]>>
  readonly accuracies: Readonly<Record<string, readonly (readonly [step: number, part: number])[]>>
  readonly agreement: Readonly<Record<string, readonly (readonly [step: number, cosine: number])[]>>
}

/** Losses of the first steps as Node.js computes them. */
async function lossesInNode(rule: RuleName, seed: number): Promise<Saved['losses']> {
  const bundle = compile(programs[rule])
  const dataset = await openDataset('data/fashion-mnist', 'train')
  const totalSteps = EPOCHS * batchesPerEpoch(dataset.count, bundle.manifest.train.batch)
  const trainer = await Trainer.create({ bundle, dataset, seed, totalSteps })
  const losses: Record<string, [number, number][]> = {}
  for await (const done of trainer.run({ from: 0, to: STEPS }))
    for (const [layer, loss] of Object.entries(done.losses)) (losses[layer] ??= []).push([done.step, loss])
  await trainer.release()
  return losses
}

test('a port that is taken is told, and which to give', async () => {
  const { server, address } = await servePage(import.meta.dirname, 0)
  const port = Number(new URL(address).port)
  const instead = port < LAST_PORT ? `--port ${port + 1}, or ` : ''
  await expect(requireFree(port)).rejects.toThrow(`port ${port} is taken: ${instead}--port 0 for any`)
  server.close()
  await expect(requireFree(0)).resolves.toBeUndefined()
})

describe.skipIf(lacksChromium('training in a browser'))('in a browser,', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-page-'))
  let browser: Browser
  let served: Served
  beforeAll(async () => {
    await buildPage(folder)
    served = await servePage(folder, 0)
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    served.server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A page, and what goes wrong on it: what its console says, and what it asks others for. */
  async function open(query = '', address = served.address): Promise<{ page: Page; heard: string[] }> {
    const page = await browser.newPage()
    const isOwn = (url: string) => url.startsWith(address) || url.startsWith('blob:')
    const heard = heardOn(page, (request) => isOwn(request.url()))
    await page.goto(address + query)
    return { page, heard }
  }

  const stepsDone = (page: Page): Promise<number> =>
    page.evaluate<number>(`document.querySelector('progress').value`)
  const untilStep = async (page: Page, step: number): Promise<void> => {
    await expect.poll(() => stepsDone(page), { timeout: 240_000, interval: 50 }).toBeGreaterThanOrEqual(step)
  }
  const untilResting = async (page: Page): Promise<void> => {
    await page.locator('#controls[aria-busy=false]').waitFor()
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

  async function saved(page: Page): Promise<readonly Saved[]> {
    const waiting = page.waitForEvent('download')
    await button(page, 'Save all figures (JSON)').click()
    const download = await waiting
    return JSON.parse(readFileSync(await download.path(), 'utf8')) as readonly Saved[]
  }

  /** Trains for some steps, and pauses. */
  async function train(page: Page, steps = STEPS): Promise<void> {
    await button(page, 'Train').click()
    await untilStep(page, steps)
    await button(page, 'Pause').click()
  }

  const first = (losses: Saved['losses']) =>
    Object.entries(losses).map(([layer, points]) => [layer, points.slice(0, STEPS)] as const)

  test.each([
    ['clapp++', 2],
    ['clapp++dfb', 1],
    ['bp-clapp++', 1],
  ] as const)('%s has the losses that it has in Node.js, by %i threads', async (rule, threads) => {
    const { page, heard } = await open(`?rule=${encodeURIComponent(rule)}&seed=3&looks=0&threads=${threads}`)
    await train(page)
    const [run] = await saved(page)
    const expected = await lossesInNode(rule, 3)
    expect([run?.rule, run?.seed]).toEqual([rule, 3])
    const differences = first(run?.losses ?? {}).flatMap(([layer, points]) =>
      points.map(([step, loss], i) => {
        const [wanted, known = NaN] = expected[layer]?.[i] ?? []
        expect(step).toBe(wanted)
        return Math.abs(loss - known)
      }),
    )
    expect(differences).toHaveLength(STEPS * Object.keys(expected).length)
    console.log(
      `${rule}: ${Math.max(...differences)} at most; ${(await page.textContent('#standing')) ?? ''}`,
    )
    expect(Math.max(...differences)).toBeLessThan(CLOSE)
    expect(heard).toEqual([])
    await page.close()
  })

  test('what each layer knows, its agreement with backpropagation and filters are shown as it trains', async () => {
    const { page, heard } = await open()
    await train(page, 32)
    const [run] = await saved(page)
    const layers = ['conv1', 'conv2', 'conv3', 'conv4']
    expect(Object.keys(run?.accuracies ?? {})).toEqual([...layers, 'all'])
    for (const points of Object.values(run?.accuracies ?? {})) {
      expect(points.map(([step]) => step).slice(0, 2)).toEqual([0, 31])
      for (const [, part] of points) expect(part).toBeGreaterThan(0.2)
    }
    // The top layer learns by the very loss that backpropagation would.
    expect(run?.agreement.conv4?.[0]?.[1]).toBeCloseTo(1, 5)
    expect(Math.abs(run?.agreement.conv1?.[0]?.[1] ?? 1)).toBeLessThan(0.9)
    await expect.poll(() => page.locator('#accuracies svg, #losses svg, #cosines svg').count()).toBe(3)
    expect(await page.locator('#views canvas').count()).toBe(30)
    expect(await page.locator('#filters svg').count()).toBe(2)
    expect(await page.evaluate(unnamed)).toEqual([])
    await expectReadable(page)
    expect(heard).toEqual([])
    await page.close()
  })

  test('it goes step by step, pauses, and goes on', async () => {
    const { page } = await open('?looks=0&threads=1')
    await button(page, 'One step').click()
    await untilStep(page, 1)
    await untilResting(page)
    await button(page, 'One step').click()
    await untilStep(page, 2)
    await untilResting(page)
    expect(await stepsDone(page)).toBe(2)
    await button(page, 'Go on').click()
    await untilStep(page, 4)
    await button(page, 'Pause').click()
    // The step under way is done first.
    await untilResting(page)
    const stopped = await stepsDone(page)
    await page.waitForTimeout(1000)
    expect(await stepsDone(page)).toBe(stopped)
    await page.close()
  })

  test('a seed twice gives the same losses, another seed others, and runs before stay', async () => {
    const { page } = await open('?looks=0&threads=1')
    const begin = async (seed: string): Promise<void> => {
      await page.getByLabel('Seed').fill(seed)
      await page.getByLabel('Seed').press('Tab')
      await train(page, 3)
    }
    await begin('5')
    await begin('6')
    await begin('5')
    await page.getByLabel('By backpropagation').check()
    await train(page, 3)
    const runs = await saved(page)
    expect(runs.map(({ rule, seed }) => `${rule} ${seed}`)).toEqual([
      ...['clapp++ 5', 'clapp++ 6', 'clapp++ 5', 'bp-clapp++ 5'],
    ])
    const losses = runs.map((run) => run.losses.conv4?.slice(0, 3))
    expect(losses[2]).toEqual(losses[0])
    expect(losses[1]).not.toEqual(losses[0])
    expect(losses[3]).not.toEqual(losses[0])
    await page.close()
  })

  test('what an address asks for in vain is told, and what else it says is done', async () => {
    const { page, heard } = await open('?rule=nonsense&seed=-5&threads=99&sead=3&looks=0')
    const told = (await page.textContent('#told')) ?? ''
    for (const wrong of [
      'rule “nonsense” (clapp%2B%2B, ',
      'seed “-5” (a whole number from 0 ',
      'threads “99”',
    ])
      expect(told).toContain(wrong)
    expect(told).toContain('“sead” (it may have rule, seed, threads or looks)')
    expect(told).not.toContain('looks “')
    expect(await page.getByLabel('Seed').inputValue()).toBe('0')
    expect(heard).toEqual([])
    await page.close()
  })

  test.each(['-5', '1.5', '1000000', ''])('of the seed “%s” nothing is begun', async (seed) => {
    const { page } = await open('?looks=0&threads=1')
    await page.getByLabel('Seed').fill(seed)
    await page.getByLabel('Seed').press('Tab')
    await button(page, 'Train').click()
    expect(await page.textContent('#told')).toBe('The seed must be a whole number from 0 to 999999.')
    expect(await button(page, 'Train').isVisible()).toBe(true)
    await page.close()
  })

  test('no rule looks as a layer does, and a run before is spoken of where there is one', async () => {
    const { page } = await open('?looks=0&threads=1')
    const layers = ['conv1', 'conv2', 'conv3', 'conv4'].map((_, i, { length }) => layerColour(i, length))
    const looks = Object.values(ruleLook)
    expect(new Set(looks.flatMap(({ colour, mark }) => [colour, mark])).size).toBe(2 * looks.length)
    for (const { colour, mark } of looks)
      for (const own of [colour, mark]) expect([...layers, '●']).not.toContain(own)
    const grey = page.locator('figure:has(#losses) .before')
    await train(page, 2)
    expect(await grey.isVisible()).toBe(false)
    await button(page, 'Start over').click()
    await train(page, 2)
    await expect.poll(() => grey.isVisible()).toBe(true)
    await page.close()
  })

  test('without the headers that isolate a page it trains by one thread, and says so', async () => {
    const bare = await servePage(folder, 0, {})
    try {
      const { page, heard } = await open('?looks=0', bare.address)
      expect(await page.textContent('#told')).toContain('One thread')
      await train(page, 2)
      expect(await page.textContent('#standing')).toContain('WebAssembly, 1 thread')
      expect(heard).toEqual([])
      await page.close()
    } finally {
      bare.server.close()
    }
  })

  test('a file that is missing is told in a sentence', async () => {
    const { page } = await open('?looks=0')
    await page.route('**/manifest.json', (route) => route.fulfill({ status: 404 }))
    await button(page, 'Train').click()
    await expect
      .poll(() => page.textContent('#told'))
      .toContain('It cannot go on: bundles/clapp%2B%2B/manifest.json is missing: 404')
    expect(await button(page, 'Try again').isVisible()).toBe(true)
    await page.close()
  })
})
