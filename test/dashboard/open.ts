import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { startAdmin, type Admin } from '../admin/admin.ts'
import { NOW } from '../admin/rows.ts'
import { browserMissing, buildDashboard, openBrowser } from '../support/browser.ts'

export interface Opened extends Admin {
  readonly page: Page
  /** What the browser's console said that is an error, and errors of the page that nobody caught. */
  readonly complaints: readonly string[]
  readonly go: (path: string) => Promise<void>
}

export type OpenOptions = BrowserContextOptions & {
  readonly token?: string
  /** The token of one who changes nothing. */
  readonly viewer?: string
  /** For tests in which something fails: browsers write that to the console. */
  readonly mayComplain?: boolean
}

/** The path of an operation's page. */
export function pathOf(key: string): string {
  return `/operations/${encodeURIComponent(key)}`
}

/** Tests with a real browser before the built dashboard. Where there is no browser they are skipped, and say so. */
export function describeDashboard(name: string, body: (open: (options?: OpenOptions) => Promise<Opened>) => void): void {
  const skipped = browserMissing === undefined ? '' : ` (skipped: ${browserMissing})`
  describe.skipIf(browserMissing !== undefined)(`${name}${skipped}`, () => {
    let browser: Browser
    let assets: string
    beforeAll(async () => {
      ;[browser, assets] = await Promise.all([openBrowser(), buildDashboard()])
    })
    afterAll(() => browser.close())
    body((options) => open(browser, assets, options))
  })
}

/** The admin port with the built dashboard, and a browser's page beside it. Whatever the console complains of fails the test. */
async function open(browser: Browser, assets: string, options: OpenOptions = {}): Promise<Opened> {
  const { token, viewer, mayComplain = false, ...ofContext } = options
  const admin = await startAdmin({
    assets,
    ...(token === undefined ? {} : { tokens: { operator: token, ...(viewer === undefined ? {} : { viewer }) } }),
  })
  const context = await browser.newContext({
    viewport: { width: 1_280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    ...ofContext,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('pageerror', (error) => complaints.push(error.message))
  onTestFinished(async () => {
    await context.close()
    if (!mayComplain) expect(complaints).toEqual([])
  })
  // Rows say when they were seen: the browser's date is theirs, its timers run.
  await page.clock.setFixedTime(NOW)
  const go = async (path: string): Promise<void> => {
    await page.goto(`${admin.url}${path}`)
    await page.locator('main :is(h1, .notice)').first().waitFor()
  }
  return { ...admin, page, complaints, go }
}
