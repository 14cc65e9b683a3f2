import { expect, test } from 'vitest'
import { INSTANT_GROUP } from '../admin/rows.ts'
import { describeDashboard } from './open.ts'

describeDashboard('the page of a group', (open) => {
  test('shows its trend, its clients and builds, and the rule that it suggests', async () => {
    const { page, go } = await open()
    await go(`/groups/${INSTANT_GROUP.id}`)
    expect(await page.getByRole('heading', { name: 'Last 24 hours: steady' }).count()).toBe(1)
    expect(await page.locator('.trend rect').count()).toBe(24)
    expect((await page.locator('.facets').allInnerTexts()).join(' ')).toMatch(/ios 4\.1[^]*2026\.11\.3/)
    expect(await page.locator('.rule').innerText()).toContain('do: { timestamp: { precision: us } }')
  })

  test('accepts a group with reason, owner and last day, and shows that it was accepted', async () => {
    const { page, plane, go } = await open()
    await go(`/groups/${INSTANT_GROUP.id}`)
    await page.getByRole('button', { name: 'Accept', exact: true }).click()
    const form = page.getByRole('form', { name: 'Accept' })
    await form.getByLabel('Owner').fill('web')
    await form.getByLabel('Last day').fill('2099-01-31')
    await form.getByLabel('Reason').fill('both are right')
    await form.getByLabel('Your name').fill('ada')
    await form.getByRole('button', { name: 'Accept' }).click()
    await page.getByRole('heading', { name: 'Decided: accepted' }).waitFor()
    expect(plane.decisions).toEqual([
      { group: INSTANT_GROUP.id, state: 'accepted', owner: 'web', expires: '2099-01-31', why: 'both are right', who: 'ada' },
    ])
    await page.getByRole('button', { name: 'Open again' }).waitFor()
  })

  test('that somebody else decided about says so', async () => {
    const { page, go } = await open({ mayComplain: true })
    await go(`/groups/${INSTANT_GROUP.id}`)
    await page.getByRole('button', { name: 'Mark as fixed' }).click()
    const form = page.getByRole('form', { name: 'Mark as fixed' })
    await form.getByLabel('Reason').fill('conflict')
    await form.getByLabel('Your name').fill('ada')
    await form.getByRole('button', { name: 'Mark as fixed' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('somebody else decided')
  })
})
