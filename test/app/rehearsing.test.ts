import pino from 'pino'
import { expect, test } from 'vitest'
import { Rehearsing, ROLLED_BACK } from '../../src/app/rehearsing.ts'
import type { Shed } from '../../src/core/exchange/bound.ts'
import type { Observation } from '../../src/core/exchange/exchange.ts'
import { createLedger, Ledger } from '../../src/handover/ledger.ts'
import type { Begin } from '../../src/handover/record.ts'

const HEADER = 'x-banyan-dry-run'
const BEGIN: Begin = {
  id: 1,
  startedAt: 0,
  control: false,
  method: 'POST',
  target: '/graphql',
  headers: [],
  operation: { key: 'mutation:M#1', type: 'mutation' },
  region: 'eu',
  stage: 'shadow',
  primary: 'legacy',
  mark: 0,
}
const REQUEST = { begin: BEGIN, keep: () => undefined, shadowSpanId: '' }
const answered = (role: 'primary' | 'shadow', headers: readonly string[]): Observation => ({
  origin: role === 'primary' ? 'legacy' : 'candidate',
  role,
  startedAt: 0,
  duration: 0,
  outcome: 'answered',
  answer: { status: 200, headers, body: new Uint8Array() },
})

test('a canary that a bound lets go proves nothing against the candidate: the write is shed by that bound, and the next one asks again', async () => {
  const asked: boolean[] = []
  let bound: Shed | undefined = 'shed:in-flight'
  const rehearsing = new Rehearsing({
    settings: { header: HEADER, when: 'after' },
    ledger: new Ledger(createLedger()),
    log: pino({ level: 'silent' }),
    ask: (_request, _spanId, { own = [], isCanary = false }) => {
      asked.push(isCanary)
      return Promise.resolve(bound ?? answered('shadow', [HEADER, `${ROLLED_BACK} ${own[1] ?? ''}`]))
    },
    validationOf: () => undefined,
    decode: ({ answer }) => Promise.resolve(answer),
    now: () => 0,
  })
  const end = Promise.resolve({ primary: answered('primary', []) })
  expect(await rehearsing.dryRun(REQUEST, end)).toBe('shed:in-flight')
  bound = undefined
  expect(await rehearsing.dryRun(REQUEST, end)).toMatchObject({ outcome: 'answered' })
  expect(asked).toEqual([true, true, false])
})
