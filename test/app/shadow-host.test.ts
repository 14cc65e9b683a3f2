import { describe, expect, onTestFinished, test } from 'vitest'
import { ShadowHost, type Lost } from '../../src/app/shadow-host.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { until } from '../support/sockets.ts'

describe('the shadow thread', () => {
  test('is started again after a crash, and what it had is counted as lost', async () => {
    const result = loadConfig({ legacy: 'http://127.0.0.1:1/graphql', candidate: 'http://127.0.0.1:2/graphql', env: {}, cwd: '/', now: 0, cores: 1 })
    if ('problems' in result) throw new Error('the config is fine')
    const lost: Lost[] = []
    const host = new ShadowHost(result.loaded, 'edge-test', createLog('test'), { onReport: () => {}, onLost: (all) => lost.push(...all) })
    onTestFinished(() => host.close())
    const cell = { operation: 'query:A#1', region: 'eu', stage: 'shadow', window: 0 } as const
    host.owe(cell)
    host.owe(cell)
    // A record that no encoder writes: its text would end far behind the ring.
    const poison = { size: 64, fill: (memory: Buffer, offset: number) => memory.fill(0xff, offset + 1, offset + 64).writeUInt8(1, offset) - 1 + 64 }
    await until(() => host.write(poison))
    await until(() => host.restarts === 1)
    expect(lost).toEqual([{ cell, requests: 2 }])
    // The new thread reads again.
    await until(() => host.write(poison))
    await until(() => host.restarts === 2)
  })
})
