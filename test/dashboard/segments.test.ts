import { expect, test } from 'vitest'
import { artifact } from '../support/browser.ts'
import { describeDashboard } from './open.ts'

describeDashboard('segments', (open) => {
  test('are shown with who asks for them, edited by keyboard, tried before they are saved', async () => {
    const { page, plane, go } = await open()
    await go('/flags')
    const row = page.getByRole('row', { name: /^staff/ })
    expect(await row.innerText()).toContain('banyan.query.ProductPage')
    expect(await row.innerText()).toContain('2 user, 1 region')
    await page.getByRole('button', { name: 'Edit staff' }).press('Enter')
    const form = page.getByRole('group', { name: 'Segment staff' })
    const users = form.getByRole('group', { name: 'Kind user' })
    // The first field has the focus: the keyboard goes on from there.
    expect(await users.getByLabel('In', { exact: true }).evaluate((field) => field === document.activeElement)).toBe(true)
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('grace\nzoe')
    await page.keyboard.press('Tab')
    await page.keyboard.type('ada')
    await form.getByLabel('Another kind of context').fill('client')
    await form.getByRole('button', { name: 'Add kind' }).press('Enter')
    await form.getByRole('group', { name: 'Kind client' }).getByLabel('In', { exact: true }).fill('ios')
    await page.screenshot({ path: artifact('segment-form.png'), fullPage: true })
    await form.getByRole('button', { name: 'Save…' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Change the segment staff?' })
    const changes = dialog.getByRole('list', { name: 'What would change' })
    await changes.waitFor()
    expect(await changes.getByRole('listitem').allInnerTexts()).toEqual([
      'user zoe: in',
      'user ada: no longer in',
      'user ada: out',
      'client ios: in',
    ])
    expect(plane.segmentList.find(({ key }) => key === 'staff')?.version).toBe(3)
    await dialog.getByLabel('Reason').fill('ada left the team')
    await dialog.getByLabel('Your name').fill('grace')
    await page.screenshot({ path: artifact('segment-dialog.png') })
    await dialog.getByRole('button', { name: 'Save' }).press('Enter')
    await page.getByText('Done: staff is changed').waitFor()
    expect(plane.segmentList.find(({ key }) => key === 'staff')).toMatchObject({
      version: 4,
      salt: 'kept',
      included: ['grace', 'zoe'],
      excluded: ['ada'],
      includedContexts: [
        { contextKind: 'region', values: ['staging'] },
        { contextKind: 'client', values: ['ios'] },
      ],
      rules: [{ clauses: [{ op: 'startsWith' }] }],
    })
  })

  test('that somebody else changed meanwhile are not written over', async () => {
    const { page, plane, go } = await open({ mayComplain: true })
    await go('/flags')
    await page.getByRole('button', { name: 'Edit beta' }).click()
    const form = page.getByRole('group', { name: 'Segment beta' })
    const out = form.getByRole('group', { name: 'Kind user' }).getByLabel('Out', { exact: true })
    await out.fill('mallory\neve')
    const [staff, beta] = plane.segmentList
    if (staff === undefined || beta === undefined) throw new Error('two segments are there')
    plane.segmentList = [staff, { ...beta, version: 2, excluded: ['trent'] }]
    await form.getByRole('button', { name: 'Save…' }).click()
    const alert = page.getByRole('dialog').getByRole('alert')
    expect(await alert.innerText()).toContain('the segment beta was changed meanwhile')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    plane.change()
    expect(await page.getByText('Somebody changed it meanwhile').innerText()).toContain('at version 2, and you began with 1')
    await page.screenshot({ path: artifact('segment-conflict.png'), fullPage: true })
    await form.getByRole('button', { name: 'Begin anew with it' }).click()
    expect(await out.inputValue()).toBe('trent')
    expect(plane.segmentList[1]).toMatchObject({ version: 2, excluded: ['trent'] })
  })

  test('are made and taken out; a wrong draft cannot be saved', async () => {
    const { page, plane, go } = await open()
    await go('/flags')
    await page.getByRole('button', { name: 'New segment…' }).click()
    const form = page.getByRole('group', { name: 'New segment' })
    await form.getByLabel('Key', { exact: true }).fill('qa team')
    expect(await form.getByRole('alert').innerText()).toContain('the key takes letters')
    await form.getByLabel('Key', { exact: true }).fill('qa')
    await form.getByLabel('Rules').fill('{}')
    expect(await form.getByRole('alert').innerText()).toBe('rules: write a list, [ … ].')
    expect(await form.getByRole('button', { name: 'Save…' }).count()).toBe(0)
    await form.getByLabel('Rules').fill('')
    await form.getByRole('button', { name: 'Save…' }).click()
    const make = page.getByRole('dialog')
    await make.getByLabel('Reason').fill('for the testers')
    await make.getByLabel('Your name').fill('ada')
    await make.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Done: qa is created').waitFor()
    expect(plane.segmentList.find(({ key }) => key === 'qa')).toMatchObject({ version: 1 })

    await page.getByRole('button', { name: 'Edit qa' }).click()
    await page.getByRole('button', { name: 'Take out…' }).click()
    const out = page.getByRole('dialog', { name: 'Take out the segment qa?' })
    await out.getByLabel('Reason').fill('nobody tests')
    await out.getByRole('button', { name: 'Take out' }).click()
    await page.getByText('Done: qa is taken out').waitFor()
    expect(plane.segmentList.map(({ key }) => key)).toEqual(['staff', 'beta'])
  })

  test('are for a viewer to look at', async () => {
    const { page, plane, go } = await open({ token: 'op', viewer: 'view' })
    await page.addInitScript(() => sessionStorage.setItem('banyan-token', 'view'))
    await go('/flags')
    await page.getByRole('row', { name: /^staff/ }).waitFor()
    expect(await page.getByRole('button', { name: /segment|Edit/ }).count()).toBe(0)
    expect(plane.segmentList).toHaveLength(2)
  })
})
