import { expect, test } from 'vitest'
import { ROWS, VIEWER, row } from '../admin/rows.ts'
import { artifact } from '../support/browser.ts'
import { describeDashboard } from './open.ts'

describeDashboard('a page that is open', (open) => {
  test('new evidence appears without a reload', async () => {
    const { page, plane, go } = await open()
    await go('/')
    plane.rows.push(row({ seen: VIEWER, region: 'ap-south-1', rate: 7, requests: 77 }))
    plane.change()
    await page.locator('.column-region', { hasText: 'ap-south-1' }).waitFor()
    expect(await page.getByRole('status').first().innerText()).toBe('Live')
  })

  test('the span of time is what the page asks for', async () => {
    const { page, plane, go } = await open()
    await go('/')
    await page.getByLabel('Time span').selectOption('Last 24 hours')
    await expect.poll(() => plane.asked).toContain('overview 1440 *')
  })

  test('a line that breaks is told of, the last figures stay, and it mends itself', async () => {
    const { page, plane, go } = await open({ mayComplain: true })
    await go('/')
    await page.route('**/api/**', (route) => route.abort())
    plane.change()
    await page.getByText('These figures are from 13:05:00').waitFor()
    expect(await page.locator('.operations tbody .column-region').allInnerTexts()).toHaveLength(ROWS.length)
    await page.unroute('**/api/**')
    plane.change()
    await page.getByText('These figures are from').waitFor({ state: 'detached' })
  })

  test('a control process that is gone shows as such', async () => {
    const { page, close, go } = await open({ mayComplain: true })
    await go('/')
    await close()
    await page.getByText('Disconnected').waitFor()
    expect(await page.getByRole('status').first().innerText()).toMatch(/^Disconnected\s+since/)
    await page.screenshot({ path: artifact('disconnected.png') })
  })

  test('asks once for the token and keeps it for the tab', async () => {
    const { page, url } = await open({ token: 'sesame', mayComplain: true })
    await page.goto(url)
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Open the dashboard' }).click()
    await page.getByText('That token was not accepted.').waitFor()
    await page.screenshot({ path: artifact('token.png') })
    await page.getByLabel('Token').fill('sesame')
    await page.getByLabel('Token').press('Enter')
    await page.locator('.operations').waitFor()
    await page.reload()
    await page.locator('.operations').waitFor()
    expect(await page.getByLabel('Token').count()).toBe(0)
  })
})
