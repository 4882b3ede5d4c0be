import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderAlignmentReport } from '../../report/alignment/page.ts'
import { renderReport } from '../../report/page.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { brokenImages, crowdedTexts, cutTexts, faintTexts, unnamed, widthOfPage } from './in-page.ts'
import {
  alignmentReport,
  bareReport,
  closeReport,
  comparison,
  fullReport,
  hostileReport,
  largeReport,
} from './reports.ts'

/** Pages in a browser, as readers have them. */

const executable = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path))
if (executable === undefined)
  console.warn('Skipped: pages in a browser. There is no chromium, chromium-browser or google-chrome.')

const pages: Readonly<Record<string, () => Promise<string> | string>> = {
  'a run with all parts': async () => renderReport(await fullReport()),
  'a run with few': () => renderReport(bareReport),
  'close accuracies': () => renderReport(closeReport),
  'several runs': async () => renderReport(await comparison()),
  'many layers and classes': async () => renderReport(await largeReport()),
  'names full of markup': async () => renderReport(await hostileReport()),
  alignment: () => renderAlignmentReport(alignmentReport),
}

describe.skipIf(executable === undefined)('in a browser,', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable ?? '' })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
  })

  /** What a page says on the console, and what it asks for besides itself. */
  const listen = (page: Page): string[] => {
    const heard: string[] = []
    page.on('console', (message) => heard.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => heard.push(error.message))
    page.on('request', (request) => {
      const address = request.url()
      if (!request.isNavigationRequest() && !address.startsWith('data:')) heard.push(address)
    })
    page.on('dialog', (dialog) => heard.push(dialog.message()))
    return heard
  }

  test.each(Object.entries(pages))('%s', { timeout: 120_000 }, async (_, render) => {
    const path = join(temporaryFolder(), 'report.html')
    writeFileSync(path, await render())
    const page = await browser.newPage()
    const heard = listen(page)
    await page.goto(pathToFileURL(path).href)
    expect(await page.evaluate(brokenImages)).toBe(0)
    expect(await page.evaluate(unnamed)).toEqual([])
    expect(await page.evaluate(cutTexts)).toEqual([])
    expect(await page.evaluate(crowdedTexts)).toEqual([])
    for (const width of [400, 1400])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        expect(await page.evaluate(widthOfPage), `${width} pixels`).toBe(width)
        expect(await page.evaluate(faintTexts), `${colorScheme}, ${width} pixels`).toEqual([])
      }
    // Light on paper, whatever the system says.
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(253, 253, 252)')
    expect(await page.evaluate(faintTexts), 'on paper').toEqual([])
    const paper = await page.pdf({ format: 'A4', margin: { left: '15mm', right: '15mm' } })
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-')
    expect(heard).toEqual([])
    await page.close()
  })
})
