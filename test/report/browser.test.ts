import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderAlignmentReport } from '../../report/alignment/page.ts'
import { renderReport } from '../../report/page.ts'
import { expectReadable, heardOn, lacksChromium, launch } from '../support/chromium.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { brokenImages, crowdedTexts, cutTexts, faintTexts, unnamed } from './in-page.ts'
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

const pages: Readonly<Record<string, () => Promise<string> | string>> = {
  'a run with all parts': async () => renderReport(await fullReport()),
  'a run with few': () => renderReport(bareReport),
  'close accuracies': () => renderReport(closeReport),
  'several runs': async () => renderReport(await comparison()),
  'many layers and classes': async () => renderReport(await largeReport()),
  'names full of markup': async () => renderReport(await hostileReport()),
  alignment: () => renderAlignmentReport(alignmentReport),
}

describe.skipIf(lacksChromium('pages in a browser'))('in a browser,', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  test.each(Object.entries(pages))('%s', async (_, render) => {
    const path = join(temporaryFolder(), 'report.html')
    writeFileSync(path, await render())
    const page = await browser.newPage()
    const heard = heardOn(page, (request) => request.isNavigationRequest())
    await page.goto(pathToFileURL(path).href)
    expect(await page.evaluate(brokenImages)).toBe(0)
    expect(await page.evaluate(unnamed)).toEqual([])
    expect(await page.evaluate(cutTexts)).toEqual([])
    expect(await page.evaluate(crowdedTexts)).toEqual([])
    await expectReadable(page)
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
