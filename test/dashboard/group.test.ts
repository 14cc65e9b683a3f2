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
})
