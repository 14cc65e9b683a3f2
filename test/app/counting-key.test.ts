import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../src/core/evidence/evidence.ts'
import { leastSeen } from '../../src/core/evidence/spread.ts'
import { openStore } from '../../src/storage/open.ts'
import { ask, startTree } from '../support/banyan.ts'
import { valueBackend } from '../support/rollout.ts'
import { until } from '../support/sockets.ts'
import { temporaryFolder } from '../storage/stores.ts'

test('one client that asks the same counts once over all starts, and nobody is told the key', { timeout: 120_000 }, async () => {
  const [legacy, candidate] = [await valueBackend(), await valueBackend()]
  const folder = join(temporaryFolder(), 'store')
  const visit = async (count: number): Promise<string> => {
    const banyan = await startTree({
      backends: { legacy: { url: legacy.url }, candidate: { url: candidate.url } },
      operations: [{ match: 'query:*', stage: 'shadow' }],
      subject: { header: 'x-user' },
      store: { url: `pglite:${folder}` },
    })
    const compared = async (): Promise<number> => (await banyan.overview()).rows[0]?.summary.compared ?? 0
    await ask(banyan, 'query Value { value }', { 'x-user': 'anna' })
    await until(async () => (await compared()) === count)
    const told = await Promise.all(
      ['status', 'flags', 'audit', 'overview'].map(async (name) => (await fetch(`${banyan.admin}/api/${name}`)).text()),
    )
    banyan.signal('SIGTERM')
    const { stdout, stderr } = await banyan.ended
    return [...told, stdout, stderr].join('\n')
  }
  const said = [await visit(1), await visit(2), await visit(3)].join('\n')

  const store = await openStore(`pglite:${folder}`)
  const cells = await store.evidence.cells({ from: 0, to: Number.MAX_SAFE_INTEGER })
  const key = await store.secrets.secret('counting', 'none was kept')
  await store.close()
  const { keys = {}, outcomes }: Evidence = cells.reduce((sum, cell) => mergeEvidence(sum, cell.evidence), EMPTY_EVIDENCE)
  expect(outcomes.compared).toBe(3)
  expect(leastSeen(keys)).toBe(1)
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(said).not.toContain(key)
})
