import { expect, test } from 'vitest'
import { ORDERS, PRODUCT } from '../admin/rows.ts'
import { artifact } from '../support/browser.ts'
import { describeDashboard, pathOf } from './open.ts'

describeDashboard('a flip', (open) => {
  test('calls the control plane with the values of the form, once it is confirmed', async () => {
    const { page, plane, go } = await open()
    await go(pathOf(PRODUCT.key))
    const form = page.getByRole('form', { name: 'Move this operation' })
    await form.getByLabel('Region').selectOption('us-east-1')
    await form.getByLabel('Stage').selectOption('live')
    expect(await form.getByLabel('Percent of subjects').inputValue()).toBe('5')
    await form.getByLabel('Percent of subjects').fill('12.5')
    await form.getByLabel('Reason').fill('parity holds for a day')
    await form.getByLabel('Your name').fill('ada')
    await form.getByRole('button', { name: 'Review the change' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.innerText()).toContain('The candidate will answer 12.5 % of subjects')
    await dialog.getByText('is then answered by other backends than query:Products: they share Product').waitFor()
    expect(plane.requests).toEqual([])
    await page.screenshot({ path: artifact('confirm.png') })
    await dialog.getByRole('button', { name: 'Move to live 12.5 %, else shadow' }).click()
    await page.getByText('us-east-1: shadow → live 12.5 %, else shadow').waitFor()
    expect(plane.requests).toEqual([
      {
        operation: PRODUCT.key,
        region: 'us-east-1',
        stage: 'live',
        percent: 12.5,
        rest: 'shadow',
        who: 'ada',
        why: 'parity holds for a day',
      },
    ])
    await page.locator('.standing', { hasText: 'live 12.5 %' }).waitFor()
  })

  test('that is not confirmed changes nothing', async () => {
    const { page, plane, go } = await open()
    await go(pathOf(PRODUCT.key))
    await page.getByLabel('Reason').fill('a mistake')
    await page.getByLabel('Your name').fill('ada')
    await page.getByRole('button', { name: 'Review the change' }).click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(plane.requests).toEqual([])
  })

  test('without a pass of the gate is warned of, with the reason', async () => {
    const { page, go } = await open()
    await go(pathOf(ORDERS.key))
    await page.getByLabel('Stage').selectOption('complete')
    await page.getByLabel('Reason').fill('we are late')
    await page.getByLabel('Your name').fill('ada')
    await page.getByRole('button', { name: 'Review the change' }).click()
    expect(await page.getByRole('dialog').innerText()).toMatch(/fail\s+1290 of 29770 comparisons differ/)
    expect(await page.getByRole('dialog').innerText()).toContain('The candidate will answer every client.')
  })

  test('that the API refuses shows its words', async () => {
    const { page, go } = await open({ mayComplain: true })
    await go(pathOf(PRODUCT.key))
    await page.getByLabel('Reason').fill('conflict')
    await page.getByLabel('Your name').fill('ada')
    await page.getByRole('button', { name: 'Review the change' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Move to/ })
      .click()
    expect(await page.getByRole('dialog').getByRole('alert').innerText()).toContain(
      'the flag banyan.query.ProductPage was changed meanwhile',
    )
  })

  test('is not offered where LaunchDarkly has the flags', async () => {
    const { page, plane, go } = await open()
    plane.state = { ...plane.state, provider: 'launchdarkly' }
    await go(pathOf(PRODUCT.key))
    await page.getByText('Flags come from LaunchDarkly').waitFor()
    expect(await page.getByRole('button', { name: 'Review the change' }).count()).toBe(0)
  })
})
