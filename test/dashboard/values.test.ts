import { expect, test } from 'vitest'
import { INSTANT_GROUP, NOW } from '../admin/rows.ts'
import { artifact } from '../support/browser.ts'
import { describeDashboard } from './open.ts'

describeDashboard('values', (open) => {
  test('are revealed from the page of a group, said on every page, and ended', async () => {
    const { page, plane, go } = await open()
    await go(`/groups/${INSTANT_GROUP.id}`)
    await page.getByRole('button', { name: 'Keep values for a while' }).click()
    const form = page.getByRole('form', { name: 'Keep values' })
    await form.getByLabel('Minutes').fill('45')
    await form.getByLabel('Reason').fill('which instant is right')
    await form.getByLabel('Your name').fill('ada')
    await page.screenshot({ path: artifact('reveal-form.png'), fullPage: true })
    await form.getByRole('button', { name: 'Keep values' }).click()
    await form.waitFor({ state: 'detached' })
    const [reveal] = plane.revealList
    expect(reveal).toMatchObject({ coordinates: [INSTANT_GROUP.coordinate], until: NOW + 45 * 60_000, who: 'ada' })

    plane.state = { ...plane.state, reveals: plane.revealList }
    await go('/values')
    expect(await page.getByRole('status').filter({ hasText: 'are kept until' }).innerText()).toContain(
      '13:50: which instant is right (ada)',
    )
    await page.screenshot({ path: artifact('values-open.png'), fullPage: true })
    await page.getByRole('button', { name: 'Remove now' }).click()
    const end = page.getByRole('form', { name: 'Remove what was kept' })
    await end.getByLabel('Reason').fill('seen enough')
    await end.getByRole('button', { name: 'Remove what was kept' }).click()
    await page.getByText('ended by ada').waitFor()
    expect(plane.revealList[0]).toMatchObject({ isOpen: false, forgetAt: NOW, ended: { who: 'ada', why: 'seen enough' } })
  })
})

describeDashboard('rules', (open) => {
  test('whose files are wrong are said to be the old ones, on every page', async () => {
    const { page, plane, go } = await open()
    const problems = ['compare/a.yaml:2:51 unknown key `casse` (did you mean `case`?)', 'compare/b.yaml:1:1 <b>hostile</b>']
    plane.state = { ...plane.state, rules: { ...plane.state.rules, stale: { since: NOW - 60_000, problems } } }
    await go('/')
    const alert = page.getByRole('alert')
    expect(await alert.innerText()).toContain('the old rules hold on: compare/a.yaml:2:51 unknown key `casse`')
    await alert.getByRole('link', { name: 'Rules' }).click()
    await page.getByRole('heading', { name: 'What is wrong with the files' }).waitFor()
    expect(await page.locator('.problems').innerText()).toContain('<b>hostile</b>')
    expect(await page.locator('.rules').innerText()).toContain('suppressed nothing: is it still needed?')
    await page.screenshot({ path: artifact('rules-stale.png'), fullPage: true })
  })
})
