import { expect, test } from 'vitest'
import type { OverviewRow } from '../../src/admin/control-plane.ts'
import { coverageText } from '../../src/cli/coverage-text.ts'
import type { Evidence } from '../../src/core/evidence/evidence.ts'

const ended = (outcomes: Evidence['outcomes']): number => Object.values(outcomes).reduce((sum, count) => sum + count, 0)
const row = (operation: string, outcomes: Evidence['outcomes'], shed?: Evidence['shed'], requests = ended(outcomes)): OverviewRow =>
  ({ operation, region: 'eu', summary: { requests, outcomes, shed } }) as unknown as OverviewRow // the text is about these alone

test('what was not compared is told by how it ended, most first; what could not be is no loss', () => {
  const rows = [
    row('query:A#1', { compared: 5, shed: 5 }, { ring: 1, strain: 4 }),
    row('write:POST /orders#2', { compared: 1, halted: 2, 'sandbox-gap': 7, unmirrorable: 9 }),
    row('query:B#3', { compared: 3, unmirrorable: 4 }),
  ]
  expect(coverageText(rows)).toBe(
    '\nnot compared, though it could have been (docs/telemetry.md)\n- write:POST /orders in eu: 7 sandbox-gap, 2 halted\n- query:A in eu: 5 shed (4 strain, 1 ring)\n',
  )
  expect(coverageText([row('query:B#3', { compared: 3 })])).toBe('')
})

test('requests that nobody said the outcome of are told too: their edge was killed, or they are under way', () => {
  const rows = [row('query:A#1', { compared: 5, shed: 1 }, { ring: 1 }, 8), row('query:B#3', { compared: 3 }, undefined, 4)]
  expect(coverageText(rows)).toMatch(/- query:A in eu: 1 shed \(1 ring\), 2 without an outcome\n- query:B in eu: 1 without an outcome\n$/)
})

test('of many rows the first ten are named', () => {
  const rows = Array.from({ length: 12 }, (_, index) => row(`query:A${index}#1`, { shed: index + 1 }))
  expect(coverageText(rows)).toMatch(/- query:A11 in eu: 12 shed\n[^]*- query:A2 in eu: 3 shed\n- 2 more\n$/)
})
