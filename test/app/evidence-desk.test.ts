import { expect, test } from 'vitest'
import { EvidenceDesk } from '../../src/app/evidence-desk.ts'
import type { EvidenceBatch } from '../../src/core/evidence/batch.ts'
import { createLog } from '../../src/telemetry/log.ts'

const BATCH = { source: 'a', seq: 1, cells: [], groups: [] } as unknown as EvidenceBatch

/** A desk before a store that refuses each batch when it is told to. */
function start() {
  const asked: ((error: Error) => void)[] = []
  const evidence = { append: () => new Promise((_, reject) => asked.push(reject)) }
  const reveals = { admit: (groups: unknown) => groups }
  const deps = { evidence, reveals, log: createLog('test') } as unknown as ConstructorParameters<typeof EvidenceDesk>[0]
  return { desk: new EvidenceDesk(deps), asked }
}

test('a desk that closes waits for what the store was given, and takes nothing more: the edge keeps that', async () => {
  const { desk, asked } = start()
  const taken = desk.take('edge-1', BATCH)
  let isClosed = false
  const closed = desk.close().then(() => (isClosed = true))
  expect(await desk.take('edge-1', BATCH)).toBe(false)
  expect({ asked: asked.length, isClosed }).toEqual({ asked: 1, isClosed: false })
  asked[0]?.(new Error('full'))
  expect(await taken).toBe(false)
  await closed
  expect(isClosed).toBe(true)
})
