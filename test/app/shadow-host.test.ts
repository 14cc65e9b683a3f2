import { describe, expect, onTestFinished, test } from 'vitest'
import { ShadowHost, type Lost } from '../../src/app/shadow-host.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { until } from '../support/sockets.ts'

describe('the shadow thread', () => {
  test('is started again after a crash, and what it had is counted as lost', async () => {
    const result = loadConfig({
      legacy: 'http://127.0.0.1:1/graphql',
      candidate: 'http://127.0.0.1:2/graphql',
      env: {},
      cwd: '/',
      now: 0,
      cores: 1,
    })
    if ('problems' in result) throw new Error('the config is fine')
    const lost: Lost[] = []
    // No check lets such an address through; here it makes the thread throw as soon as it starts.
    const loaded = structuredClone(result.loaded) as { config: { backends: { legacy: { url: string } } } } & typeof result.loaded
    loaded.config.backends.legacy.url = 'not an address'
    const host = new ShadowHost(loaded, 'edge-test', createLog('test'), {
      onReport: () => {},
      onLost: (all) => lost.push(...all),
      onWrites: () => {},
    })
    onTestFinished(() => host.close())
    const cell = { operation: 'query:A#1', region: 'eu', stage: 'shadow', window: 0 } as const
    host.owe(cell)
    host.owe(cell)
    await until(() => host.restarts > 1)
    expect(lost).toEqual([{ cell, requests: 2 }])
  })
})
