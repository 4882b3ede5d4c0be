import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type Page, type Request } from 'playwright-core'
import { expect } from 'vitest'
import { faintTexts, widthOfPage } from '../report/in-page.ts'

/** The browser that pages are tested in, where there is one. */

const names = ['chromium', 'chromium-browser', 'google-chrome']

const executable = names
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path))

/** Whether there is none; then it is said what is skipped. */
export function lacksChromium(what: string): boolean {
  if (executable === undefined) console.warn(`Skipped: ${what}. There is no ${names.join(', ')}.`)
  return executable === undefined
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: executable ?? '' })

/** What a page says on its console, what it throws and shows in dialogs, and what it asks for that is not its own. */
export function heardOn(page: Page, isOwn: (request: Request) => boolean): string[] {
  const heard: string[] = []
  page.on('console', (message) => heard.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => heard.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith('data:') && !isOwn(request)) heard.push(request.url())
  })
  page.on('dialog', (dialog) => heard.push(dialog.message()))
  return heard
}

/** No sideways scrolling and no faint text, on narrow screens and wide ones, light and dark. */
export async function expectReadable(page: Page): Promise<void> {
  for (const width of [400, 1400])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      expect(await page.evaluate(widthOfPage), `${width} pixels`).toBe(width)
      expect(await page.evaluate(faintTexts), `${colorScheme}, ${width} pixels`).toEqual([])
    }
}
