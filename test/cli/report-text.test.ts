import { expect, test } from 'vitest'
import { renderMarkdown, renderText, type Report } from '../../src/cli/report-text.ts'

test('a report says what its figures are not about (PD-8, SU-3)', () => {
  const report = { rows: [], groups: [], unclassified: [], fixFirst: [], rules: { expired: [] } } as unknown as Report // nothing was seen yet
  expect(renderMarkdown(report)).toContain('\nrequests that a CDN answers, and what goes over sockets, are in none of these figures\n')
  expect(renderText(report)).toContain('no traffic yet')
})
