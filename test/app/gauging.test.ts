import { expect, test } from 'vitest'
import { Gauging } from '../../src/app/gauging.ts'

type Report = Parameters<Gauging['shadow']>[0]
const report = (spansDropped: number): Report => ({ spansDropped }) as unknown as Report // about nothing else
const facts = {} as unknown as Parameters<Gauging['take']>[0] // passed on as they are

test('spans that were dropped are counted on when the shadow thread is started again', () => {
  const gauging = new Gauging()
  const dropped = (): number => gauging.take(facts).spansDropped
  gauging.untraced(2)
  gauging.shadow(report(5))
  expect(dropped()).toBe(7)
  gauging.shadow(report(0))
  expect(dropped()).toBe(7)
  gauging.shadow(report(3))
  gauging.untraced(1)
  expect(dropped()).toBe(11)
})
