import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { EVIL, HOSTILE, INSTANT_GROUP, PRODUCT } from '../admin/rows.ts'
import { artifact } from '../support/browser.ts'
import { describeDashboard, pathOf } from './open.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

const PAGES = [
  ['operations', '/'],
  ['operation', pathOf(PRODUCT.key)],
  ['group', `/groups/${INSTANT_GROUP.id}`],
  ['rules', '/rules'],
  ['values', '/values'],
  ['rollouts', '/rollouts'],
  ['rollout', '/rollouts/reads'],
  ['flags', '/flags'],
  ['missing', '/nothing/here'],
] as const
const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) => ([1_280, 360] as const).map((width) => ({ colorScheme, width })))

/** What axe has against a page, in words. */
async function violations(page: Page): Promise<readonly string[]> {
  const found = await page.evaluate(async (rules) => {
    // The cast holds: a script tag put axe there.
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Violation[] }> } }
    return (await axe.run({ runOnly: rules })).violations
  }, RULES)
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}

describeDashboard('for everybody', (open) => {
  test.for(PAGES)('the page %s fits wide and narrow, in light and dark, and axe finds nothing', async ([name, path]) => {
    // The page's own policy lets no script in that is not its own.
    const { page, go } = await open({ bypassCSP: true })
    await go(path)
    await page.locator('footer code').first().waitFor()
    await page.addScriptTag({ path: AXE })
    for (const { colorScheme, width } of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: artifact(`${name}-${colorScheme}-${width}.png`), fullPage: true })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(await violations(page)).toEqual([])
    }
  })

  test('hostile text is text on every page', async () => {
    const { page, go } = await open()
    for (const path of ['/', pathOf(EVIL.key), '/groups/badc0ffee0ddf00d', '/rollouts', '/rollouts/reads', '/flags']) {
      await go(path)
      await page.locator('footer code').first().waitFor()
      expect(await page.locator('main').innerText()).toContain(HOSTILE)
      expect(await page.locator('img, main script').count()).toBe(0)
      expect(await page.title()).not.toBe('owned')
    }
  })

  test('everything can be reached by the keyboard, the content first of all', async () => {
    const { page, go } = await open()
    await go('/')
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content')
    const reached = new Set<string>()
    for (let step = 0; step < 80; step += 1) {
      await page.keyboard.press('Tab')
      reached.add(await page.evaluate(() => document.activeElement?.textContent.trim() ?? ''))
    }
    for (const text of ['Flags', 'Parity', 'OrderHistory']) expect([...reached].some((name) => name.includes(text))).toBe(true)
  })

  test('colours can be chosen, and stay chosen', async () => {
    const { page, go } = await open()
    await go('/')
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await ground()
    await page.getByRole('button', { name: /Colours: system/ }).click()
    await page.getByRole('button', { name: /Colours: light/ }).click()
    await expect.poll(ground).not.toBe(light)
    const dark = await ground()
    await page.reload()
    await page.locator('.operations').waitFor()
    expect(await ground()).toBe(dark)
  })
})
