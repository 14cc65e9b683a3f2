import { expect, test } from 'vitest'
import { ORDERS, PRODUCT, SEARCH } from '../admin/rows.ts'
import { describeDashboard, pathOf } from './open.ts'

describeDashboard('the page of an operation', (open) => {
  test('shows the example of its worst group side by side', async () => {
    const { page, go } = await open()
    await go(pathOf(PRODUCT.key))
    const changed = page.locator('.lines tr.changed')
    await changed.waitFor()
    expect(await changed.locator('.line-text.legacy').innerText()).toContain('"updatedAt": "2026-11-20T08:15:00.000000+00:00"')
    expect(await changed.locator('.line-text.candidate').innerText()).toContain('"updatedAt": "2026-11-20T08:15:00Z"')
    expect(await changed.locator('mark').allInnerTexts()).toEqual(['00.000000+00:00', '00Z'])
    expect(await page.locator('.changes tbody tr').first().innerText()).toContain('data.product.updatedAt')
  })

  test('shows the numbers of every gate, region by region', async () => {
    const { page, go } = await open()
    await go(pathOf(PRODUCT.key))
    const gates = page.getByRole('group', { name: 'Gates in us-east-1' })
    await gates.waitFor()
    expect(await gates.locator('tbody tr td:first-child').allInnerTexts()).toEqual(['parity', 'errors', 'p50', 'p95', 'p99', 'coverage'])
  })

  test('shows another example when it is asked for', async () => {
    const { page, go } = await open()
    await go(pathOf(PRODUCT.key))
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await expect.poll(() => page.locator('.lines').innerText()).toContain('17:40:09')
  })

  test('equal lines are folded, and open again', async () => {
    const { page, go } = await open()
    await go(pathOf(PRODUCT.key))
    await page.getByRole('button', { name: /equal lines/ }).click()
    await expect.poll(() => page.locator('.lines').innerText()).toContain('UHJvZHVjdDo0Mg==')
  })

  test('says why requests were not compared', async () => {
    const { page, go } = await open()
    await go(pathOf(SEARCH.key))
    const outcomes = (await page.getByRole('region', { name: 'Outcomes' }).innerText()).replaceAll(/\s+/g, ' ')
    for (const part of ['compared', '99,180', 'not-sampled', '99,204', 'mirror.sample', 'over-cap', '446']) expect(outcomes).toContain(part)
  })

  test('is found by its link from the first page, with the title of the tab', async () => {
    const { page, go } = await open()
    await go('/')
    await page.getByRole('link', { name: 'OrderHistory', exact: true }).click()
    await page.locator('h1', { hasText: 'OrderHistory' }).waitFor()
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/operations/${ORDERS.key}`)
    expect(await page.title()).toBe('OrderHistory · Banyan')
    await page.goBack()
    await page.locator('h1', { hasText: 'Operations by region' }).waitFor()
  })

  test('that nobody has seen is said to be so', async () => {
    const { page, go } = await open({ mayComplain: true })
    await go('/operations/query%3ANobody%230000')
    expect(await page.locator('main').innerText()).toContain('no operation query:Nobody#0000 was seen')
  })

  test.for(['/operations/%', '/nothing/here'])('the address %s is no blank page', async (path) => {
    const { page, go } = await open({ mayComplain: true })
    await go(path)
    expect(await page.locator('main').innerText()).not.toBe('')
  })
})
