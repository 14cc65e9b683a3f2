import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { INSTANT_GROUP, OPERATIONS, ROWS } from '../admin/rows.ts'
import { describeDashboard } from './open.ts'

/** Texts of the cells of a column. */
const column = (page: Page, name: string): Promise<string[]> => page.locator(`.operations tbody .column-${name}`).allInnerTexts()

describeDashboard('operations by region', (open) => {
  test('every operation and region has its row', async () => {
    const { page, go } = await open()
    await go('/')
    const rows = page.locator('.operations tbody tr:not(.reason)')
    expect(await rows.count()).toBe(ROWS.length)
    for (const { operation, region, stage } of ROWS) {
      const name = OPERATIONS.find(({ key }) => key === operation)?.name ?? ''
      const row = rows.filter({ has: page.getByRole('link', { name, exact: true }) }).filter({ hasText: region })
      expect(await row.innerText()).toContain(stage)
    }
  })

  test('a row says stage, traffic, coverage, parity, latency of both origins and the verdict', async () => {
    const { page, go } = await open()
    await go('/')
    const text = (await page.locator('.operations tbody tr').first().innerText()).replaceAll(/\s+/g, ' ')
    for (const part of [
      'ProductPage',
      '#9f2c61d0',
      'eu-west-1',
      'live 25 % else shadow',
      '148',
      '533.4 K req',
      '99.58 %',
      '99.997 %',
      'of 531.2 K',
      '41.4',
      '0.42×',
      'faster',
      'pass',
    ])
      expect(text).toContain(part)
  })

  test('sums stand on top and follow the filter', async () => {
    const { page, go } = await open()
    await go('/')
    const totals = page.locator('.totals')
    expect(await totals.innerText()).toContain('1.5 M')
    await page.getByRole('searchbox').fill('viewer')
    expect(await column(page, 'region')).toEqual(['us-east-1'])
    expect(await totals.innerText()).toContain('1,904')
    await page.getByRole('searchbox').fill('fail us-east-1')
    expect(await column(page, 'region')).toEqual(['us-east-1'])
    await page.getByRole('searchbox').fill('no such thing')
    await page.getByText('No row fits this filter.').waitFor()
  })

  test('a region can be chosen, and its groups of differences with it', async () => {
    const { page, go } = await open()
    await go('/')
    await page.getByRole('combobox', { name: 'Region' }).selectOption('us-east-1')
    expect(new Set(await column(page, 'region'))).toEqual(new Set(['us-east-1']))
    expect(await page.locator('.groups tbody tr').count()).toBe(2)
  })

  test.for([
    ['Operation', 'operation', 'ascending', /^Q query <img src=x/],
    ['Errors', 'errors', 'descending', /^< 0\.01 %$/],
    ['Verdict', 'verdict', 'ascending', /fail/],
    ['Latency', 'latency', 'descending', /1\.74×/],
  ] as const)('a click on %s sorts by it, and says so', async ([heading, name, direction, first]) => {
    const { page, go } = await open()
    await go('/')
    await page.locator('th').getByRole('button', { name: heading }).click()
    expect(await page.locator(`th[aria-sort="${direction}"]`).innerText()).toContain(heading)
    expect((await column(page, name))[0]?.replaceAll(/\s+/g, ' ').trim()).toMatch(first)
    await page.locator('th').getByRole('button', { name: heading }).press('Enter')
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).not.toBe(direction)
  })

  test('the reason of a verdict is one key away', async () => {
    const { page, go } = await open()
    await go('/')
    const verdict = page.getByRole('button', { name: 'fail' }).first()
    expect(await verdict.getAttribute('title')).toContain('comparisons differ')
    await verdict.press('Space')
    expect(await verdict.getAttribute('aria-expanded')).toBe('true')
    expect(await page.locator('.reason:visible').innerText()).toContain('8412 of 60890 comparisons differ')
  })

  test('the worst groups of differences come first and lead to their page', async () => {
    const { page, go } = await open()
    await go('/')
    expect((await page.locator('.groups .column-class').allInnerTexts())[0]).toBe('error-code')
    await page.locator('.groups').getByRole('link', { name: 'Product.updatedAt' }).click()
    await page.locator('h1', { hasText: 'Product.updatedAt' }).waitFor()
    expect(page.url()).toContain(`/groups/${INSTANT_GROUP.id}`)
  })

  test('without traffic it says what to do', async () => {
    const { page, plane, go } = await open()
    plane.rows = []
    plane.groupList = []
    await go('/')
    expect(await page.locator('main').innerText()).toContain('No traffic yet')
    expect(await page.locator('main').innerText()).toContain('banyan demo')
  })

  test('the slash key leads to the filter', async () => {
    const { page, go } = await open()
    await go('/')
    await page.keyboard.press('/')
    await page.keyboard.type('orders'.slice(0, 5))
    expect(await page.getByRole('searchbox').inputValue()).toBe('order')
    expect(await column(page, 'operation')).toHaveLength(1)
  })

  test('says what to fix first, with a link to its group', async () => {
    const { page, go } = await open()
    await go('/')
    const first = page.locator('.fixes li').first()
    expect(await first.innerText()).toBe('Fix Product.updatedAt and 2 operations, 41.0 % of traffic, are at parity.')
    await first.getByRole('link').click()
    await page.locator('h1', { hasText: 'Product.updatedAt' }).waitFor()
  })
})
