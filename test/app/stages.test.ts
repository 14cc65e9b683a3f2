import { expect, onTestFinished, test } from 'vitest'
import { Stages } from '../../src/app/stages.ts'
import { Config } from '../../src/config/schema.ts'
import type { LoadedConfig } from '../../src/config/loaded.ts'
import { setStage } from '../../src/core/routing/set-stage.ts'

const config = Config.parse({ backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } } })
const operation = { key: 'query:A#1', type: 'query' as const, name: 'A', signature: '1', document: '' }

test('a step back that LaunchDarkly has not taken yet holds on an edge, for that operation and region, and never takes anybody further', () => {
  const stages = new Stages({ config, secrets: {} } as LoadedConfig)
  onTestFinished(() => stages.close())
  const change = { operations: [operation.key], stage: 'live', percent: 100, rest: 'live' } as const
  stages.update({ flags: [setStage(undefined, 'banyan.query.A', change, 'off')], segments: [] })
  const assigned = (region: string) => stages.assign({ kind: 'operation', operation } as never, region, 'u', undefined)
  stages.hold([{ operation: operation.key, region: 'eu', stage: 'shadow' }])
  expect([assigned('eu'), assigned('us')]).toMatchObject([{ stage: 'shadow', reason: 'TAKEN_BACK' }, { stage: 'live' }])
  stages.hold([{ operation: operation.key, region: 'eu', stage: 'complete' }])
  expect(assigned('eu').stage).toBe('live')
})

test('a pin holds where the flags say otherwise, and the emergency wins over it', () => {
  const pinning = { ...config, operations: [{ match: 'mutation:*', pinAfterMutationMs: 60_000 }] }
  const stages = new Stages({ config: pinning, secrets: {}, workers: 1 } as unknown as LoadedConfig)
  onTestFinished(() => stages.close())
  const change = { operations: [operation.key], stage: 'live', percent: 100, rest: 'live' } as const
  stages.update({ flags: [setStage(undefined, 'banyan.query.A', change, 'off')], segments: [] })
  stages.pinning?.learn([{ subject: 'anna', origin: 'legacy', forMs: 60_000 }])
  const assigned = (subject: string) => stages.assign({ kind: 'operation', operation } as never, 'eu', subject, undefined)
  expect(assigned('anna')).toMatchObject({ stage: 'live', reason: 'PIN', pin: 'legacy' })
  expect(assigned('bert').pin).toBeUndefined()
  stages.everythingToLegacy = true
  expect(assigned('anna')).toMatchObject({ stage: 'off' })
  expect(assigned('anna').pin).toBeUndefined()
})

test('who pages on with a cursor of legacy goes there, but where everything is moved', () => {
  const assigned = (stage: 'live' | 'complete') => {
    const stages = new Stages({ config, secrets: {} } as LoadedConfig)
    onTestFinished(() => stages.close())
    const change = { operations: [operation.key], stage, percent: 100, rest: stage } as const
    stages.update({ flags: [setStage(undefined, 'banyan.query.A', change, 'off')], segments: [] })
    return stages.assign({ kind: 'operation', operation, roots: [], continues: 'legacy' }, 'eu', 'u', undefined)
  }
  expect([assigned('live').pin, assigned('complete').pin]).toEqual(['legacy', undefined])
})
