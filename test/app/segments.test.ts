import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { FlagDesk } from '../../src/app/flag-desk.ts'
import { SegmentDesk } from '../../src/app/segment-desk.ts'
import { SegmentBody } from '../../src/admin/segment-body.ts'
import { Config } from '../../src/config/schema.ts'
import type { Flag } from '../../src/core/routing/flag.ts'
import { createStoreStages } from '../../src/flags/store-stages.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { ASKS_FOR_STAFF } from '../admin/rows.ts'
import { makeTemplate, type Template } from '../storage/stores.ts'

const CONFIG = Config.parse({ backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } } })
const asksForStaff: Flag = { ...ASKS_FOR_STAFF, key: 'banyan.query.A' }
const entry = { at: 1, who: 'ada', target: 'x', region: '*', from: 'a', to: 'b', why: 'c' }

let template: Template
let store: Store
beforeAll(async () => {
  template = await makeTemplate()
  store = await openStore(`pglite:${template.folder}`)
}, 120_000)
afterAll(async () => {
  await store.close()
  template.remove()
})

async function desks() {
  const stages = createStoreStages(() => 0)
  onTestFinished(() => stages.close())
  const flags = new FlagDesk(CONFIG, store, (known) => stages.update(known))
  await flags.load()
  const segments = new SegmentDesk(flags, store, ['default'], () => 1)
  const set = (key: string, segment?: object, over: object = {}) =>
    segments.set(SegmentBody.parse({ key, ...(segment === undefined ? {} : { segment }), who: 'ada', why: 'a test', ...over }))
  const stageOf = (subject: string): string => {
    const operation = { key: 'query:A#1', type: 'query' as const, name: 'A', signature: '1', document: '' }
    return stages.assign({ operation, region: 'default', environment: 'test', subject, fallback: 'off' }).stage
  }
  return { flags, set, stageOf }
}

describe('a segment', () => {
  test('holds for the rules that ask for it, is changed and taken out, and stands in the record', { timeout: 120_000 }, async () => {
    const { flags, set, stageOf } = await desks()
    expect(await set('staff', { included: ['ada'] })).toEqual({ segment: 'staff', did: 'created' })
    await store.flags.save(asksForStaff, 0, entry)
    await flags.load()
    expect(['ada', 'bob'].map(stageOf)).toEqual(['live', 'shadow'])
    expect(await set('staff', { included: ['ada'] })).toEqual({ segment: 'staff', did: 'same' })
    const rules = [{ clauses: [{ contextKind: 'user', attribute: 'key', op: 'startsWith', values: ['b'] }] }]
    expect(await set('staff', { excluded: ['ben'], rules }, { dryRun: true })).toEqual({ segment: 'staff', did: 'changed' })
    expect(stageOf('bob')).toBe('shadow')
    expect(await set('staff', { excluded: ['ben'], rules }, { expectedVersion: 1 })).toEqual({ segment: 'staff', did: 'changed' })
    expect(['ada', 'bob', 'ben'].map(stageOf)).toEqual(['shadow', 'live', 'shadow'])
    await expect(set('staff', { included: ['eve'] }, { expectedVersion: 1 })).rejects.toMatchObject({ code: 'FLAG_CONFLICT' })
    await expect(set('staff')).rejects.toMatchObject({ code: 'BAD_FLAG', message: 'the flag banyan.query.A asks for the segment staff' })

    await store.flags.save({ ...asksForStaff, version: 2, rules: [] }, 1, entry)
    await flags.load()
    expect(await set('staff')).toEqual({ segment: 'staff', did: 'removed' })
    expect(await set('staff')).toEqual({ segment: 'staff', did: 'same' })
    // One that comes again is nothing old.
    expect(await set('staff', { included: ['zoe'] })).toEqual({ segment: 'staff', did: 'created' })
    expect(flags.segments).toEqual([{ key: 'staff', version: 4, included: ['zoe'] }])
    const told = (await store.flags.audit(100)).filter(({ target }) => target === 'segment:staff').map(({ from, to }) => `${from} → ${to}`)
    expect(told.toReversed()).toEqual([
      'no segment → version 1',
      'version 1 → version 2',
      'version 2 → no segment',
      'no segment → version 4',
    ])
  })

  test.each<[string, object, string]>([
    ['with a rule without clauses', { rules: [{ clauses: [] }] }, 'matches everybody'],
    [
      'that asks for itself',
      { rules: [{ clauses: [{ contextKind: 'user', attribute: 'key', op: 'segmentMatch', values: ['odd'] }] }] },
      'is not there',
    ],
    [
      'with an unknown operator',
      { rules: [{ clauses: [{ contextKind: 'user', attribute: 'key', op: 'is', values: ['odd'] }] }] },
      'is unknown',
    ],
    [
      'with a share that is none',
      { rules: [{ weight: 100_001, clauses: [{ contextKind: 'user', attribute: 'key', op: 'in', values: ['odd'] }] }] },
      'the weight',
    ],
  ])('%s is refused', { timeout: 60_000 }, async (_name, segment, message) => {
    const { set } = await desks()
    await expect(set('odd', segment)).rejects.toMatchObject({ code: 'BAD_FLAG', message: expect.stringContaining(message) })
  })

  test.each([4_999, 5_000, 5_001])('may name five thousand subjects: %i', (count) => {
    const included = Array.from({ length: count }, (_, index) => `${index}`)
    expect(SegmentBody.safeParse({ key: 'a', segment: { included }, who: 'a', why: 'b' }).success).toBe(count <= 5_000)
  })
})
