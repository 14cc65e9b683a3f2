import { expect, test } from 'vitest'
import { ConsistencyDesk } from '../../src/app/consistency-desk.ts'
import { Config } from '../../src/config/schema.ts'
import { identify } from '../../src/core/operation/identify.ts'
import type { Stage } from '../../src/core/routing/stage.ts'

const config = Config.parse({
  backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } },
  operations: [{ match: 'query:*', stage: 'shadow' }],
})
const seen = ['query Order { order { id } }', 'query Orders { orders { id } }'].map((query) => {
  const identified = identify({ query })
  if (identified.kind !== 'operation') throw new Error('the document is fine')
  return { ...identified.operation, firstSeen: 0, lastSeen: 0 }
})
const desk = new ConsistencyDesk(
  { config, plans: [], schemas: { legacy: 'type Order { id: ID! } type Query { order: Order orders: [Order!] }' } },
  { operations: () => Promise.resolve(seen) },
  () => ({ stage: 'shadow', percent: 100, rest: 'shadow' }),
)
const entry = { at: 0, who: 'ada', target: 'banyan.query.Order', region: '*', from: 'shadow', to: '', why: 'a test' }
const dryRun = async (stage: Stage) =>
  (await desk.warned({ operation: 'query:Order', stage, percent: 100, who: 'ada', why: 'a test', dryRun: true }, entry)).warnings

test('a dry run of a flag is warned about where it takes apart what shares a type', async () => {
  expect((await desk.view()).groups).toMatchObject([{ name: 'Order', operations: ['query:Order', 'query:Orders'] }])
  expect(await dryRun('live')).toEqual(['query:Order is then answered by other backends than query:Orders: they share Order'])
  expect(await dryRun('off')).toBeUndefined()
})
