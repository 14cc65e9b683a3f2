import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { CART, INSTANT_GROUP, NOW, ORDERS, PRODUCT } from '../admin/rows.ts'
import { artifact } from '../support/browser.ts'
import { describeDashboard, pathOf } from './open.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

describeDashboard('rollouts', (open) => {
  test('show what needs a person first, where each unit stands in each region, and what it waits for', async () => {
    const { page, go } = await open()
    await go('/rollouts')
    await page.getByRole('link', { name: 'reads' }).click()
    const first = page.locator('.unit').first()
    await first.waitFor()
    expect(await first.innerText()).toMatch(
      /OrderHistory[\s\S]*taken back[\s\S]*the guard: requests that the candidate did not serve: 41 of 188/,
    )
    const cart = page.getByRole('article', { name: CART.key })
    expect(await cart.getByRole('list', { name: 'Steps in us-east-1' }).locator('[aria-current=step]').innerText()).toMatch(/^shadow/)
    expect(await cart.innerText()).toContain('a person lets it into step 5 % of us-east-1')
    expect(await cart.innerText()).toMatch(/eu-west-1\s+✓\s+pass\s+no difference in 48,210 comparisons/)
    const product = page.getByRole('article', { name: PRODUCT.key }).getByRole('group', { name: 'Gates in us-east-1' })
    expect(await product.innerText()).toMatch(/Counted with build 2026\.11\.24-1, rules 5d2f0c77a91be364/)
    const texts = await product.locator('tbody tr').first().locator('td').allInnerTexts()
    expect(texts.slice(0, 2)).toEqual(['parity', 'pass'])
    expect(texts[5]).toBe('9 of 345,980 comparisons')
    expect(await page.getByRole('group', { name: 'Audit log' }).innerText()).toMatch(/grace[\s\S]*ProductPage[\s\S]*25 % of us-east-1/)
  })

  test('take an action after a dry run, with reason and name', async () => {
    const { page, plane, go } = await open({ bypassCSP: true })
    await go('/rollouts/reads')
    const actions = page.getByRole('group', { name: `Actions on ${CART.key}` })
    await actions.getByRole('button', { name: 'Let in…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('This would change').waitFor()
    expect(plane.actions).toMatchObject([{ plan: 'reads', act: 'advance', unit: CART.key, dryRun: true }])
    await dialog.getByLabel('Reason').fill('looked at the groups')
    await dialog.getByLabel('Your name').fill('ada')
    await page.addScriptTag({ path: AXE })
    // The cast holds: a script tag put axe there.
    const found = await page.evaluate(async () =>
      (await (globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string }[] }> } }).axe.run()).violations.map(
        ({ id }) => id,
      ),
    )
    expect(found).toEqual([])
    await page.screenshot({ path: artifact('rollout-act.png') })
    await dialog.getByRole('button', { name: 'Let in' }).click()
    await page.getByText('Done: reads').waitFor()
    expect(plane.actions.at(-1)).toEqual({
      plan: 'reads',
      act: 'advance',
      unit: CART.key,
      who: 'ada',
      why: 'looked at the groups',
      dryRun: false,
    })
  })

  test('offer only what can be done: no releasing of what moves, no second taking back', async () => {
    const { page, go } = await open()
    await go('/rollouts/reads')
    const offered = (key: string): Promise<string[]> =>
      page
        .getByRole('group', { name: `Actions on ${key}` })
        .getByRole('button')
        .allInnerTexts()
    expect(await offered(ORDERS.key)).toEqual(['Release…'])
    expect(await offered(PRODUCT.key)).toEqual(['Let in…', 'Take back…'])
    await go('/rollouts/checkout')
    expect(await page.getByRole('group', { name: 'This plan' }).getByRole('button').allInnerTexts()).toEqual(['Start…'])
    await go('/rollouts/nothing')
    expect(await page.locator('main').innerText()).toContain('There is no plan nothing')
  })

  test('follow what happens, without a reload', async () => {
    const { page, plane, go } = await open()
    await go('/rollouts/reads')
    await page.getByText('2 days ago: the rewrite of reads is ready').waitFor()
    plane.plans = plane.plans.map((view) => ({
      ...view,
      state: { plan: view.plan.name, version: 2, status: 'paused', who: 'bo', at: NOW, why: 'a release' },
    }))
    plane.change()
    await page.getByText('paused by bo').waitFor()
    expect(await page.getByRole('group', { name: 'This plan' }).innerText()).toContain('Resume…')
  })

  test('are shown to a viewer without anything to do, and so is every other page', async () => {
    const { page, go } = await open({ token: 'right', viewer: 'reads only', mayComplain: true })
    await go('/rollouts')
    await page.getByLabel('Token').fill('reads only')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'reads' }).click()
    await page.locator('.unit').first().waitFor()
    await page.locator('footer code').first().waitFor()
    expect(await page.locator('main button').allInnerTexts()).toEqual([])
    await go(pathOf(CART.key))
    await page.getByText('A viewer changes nothing').waitFor()
    expect(await page.getByRole('form').count()).toBe(0)
    await go(`/groups/${INSTANT_GROUP.id}`)
    await page.locator('footer code').first().waitFor()
    expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0)
  })
})

describeDashboard('an emergency', (open) => {
  test('is begun with a reason, stands on every page, and is ended there', async () => {
    const { page, plane, go } = await open({ bypassCSP: true })
    await go('/rollouts')
    await page.getByRole('button', { name: 'Everything to legacy…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('everything goes to legacy, on every replica').waitFor()
    expect(plane.state.emergency).toBe(false)
    await dialog.getByLabel('Reason').fill('complaints')
    await dialog.getByLabel('Your name').fill('ada')
    await dialog.getByRole('button', { name: 'Everything to legacy' }).click()
    for (const path of ['/', '/rollouts/reads', '/flags', '/rollouts']) {
      await go(path)
      await page.getByRole('alert').filter({ hasText: 'Everything goes to legacy' }).waitFor()
    }
    await page.setViewportSize({ width: 360, height: 800 })
    await page.screenshot({ path: artifact('emergency-360.png') })
    await page.setViewportSize({ width: 1_280, height: 900 })
    await page.screenshot({ path: artifact('emergency.png') })
    await page.getByRole('button', { name: 'End it…' }).click()
    await dialog.getByLabel('Reason').fill('it is over')
    await dialog.getByRole('button', { name: 'End it' }).click()
    await page.locator('.emergency').waitFor({ state: 'detached' })
    expect(plane.state.emergency).toBe(false)
  })
})
