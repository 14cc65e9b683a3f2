import { describe, expect, onTestFinished, test } from 'vitest'
import type { Lost } from '../../src/app/owed.ts'
import { ShadowHost } from '../../src/app/shadow-host.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { LoadedConfig } from '../../src/config/loaded.ts'
import type { Encoded } from '../../src/handover/record.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { until } from '../support/sockets.ts'

function load() {
  const result = loadConfig({
    legacy: 'http://127.0.0.1:1/graphql',
    candidate: 'http://127.0.0.1:2/graphql',
    env: {},
    cwd: '/',
    now: 0,
    cores: 1,
  })
  if ('problems' in result) throw new Error('the config is fine')
  return result.loaded
}

function start(loaded: LoadedConfig, onLost: (lost: readonly Lost[]) => void = () => {}): ShadowHost {
  const host = new ShadowHost(loaded, 'edge-test', createLog('test'), { onReport: () => {}, onLost, onWrites: () => {} })
  onTestFinished(() => host.close())
  return host
}

describe('the shadow thread', () => {
  test('is started again after a crash, and what it had is counted as lost', async () => {
    const lost: Lost[] = []
    // No check lets such an address through; here it makes the thread throw as soon as it starts.
    const loaded = structuredClone(load()) as { config: { backends: { legacy: { url: string } } } } & LoadedConfig
    loaded.config.backends.legacy.url = 'not an address'
    const host = start(loaded, (all) => lost.push(...all))
    const cell = { operation: 'query:A#1', region: 'eu', stage: 'shadow', window: 0 } as const
    host.owe(cell)
    host.owe(cell)
    await until(() => host.restarts > 1)
    expect(lost).toEqual([{ cell, requests: 2 }])
  })

  test('is handed no further requests while half of its ring is full, but the ends of those that it has', () => {
    const host = start(load())
    // It reads nothing before this turn of the event loop is over.
    const record: Encoded = { size: 1_000_000, fill: (_, offset) => offset + 1_000_000 }
    while (host.obstacle('candidate') === undefined) expect(host.write(record)).toBe(true)
    expect(host.obstacle('candidate')).toBe('ring')
    expect(host.write(record)).toBe(true)
  })
})
