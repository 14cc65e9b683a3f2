import { expect, test } from 'vitest'
import { HandingIn } from '../../src/app/handing-in.ts'
import type { EvidenceBatch } from '../../src/core/evidence/batch.ts'
import { Outbox } from '../../src/core/evidence/outbox.ts'

/** Something to say at every report. */
function start(onSend: (batch: EvidenceBatch, handingIn: HandingIn) => void) {
  const sent: number[] = []
  let upTo = 0
  const collect = () => ({ collected: { cells: [], operations: [], groups: [] }, upTo: (upTo += 60_000) })
  const handingIn: HandingIn = new HandingIn(new Outbox('edge'), collect, (batch) => {
    sent.push(batch.seq)
    onSend(batch, handingIn)
  })
  return { handingIn, sent }
}

test('a batch that is acknowledged while it is handed in, or after, does not hold up the next one', () => {
  const within = start(({ seq }, handingIn) => handingIn.stored(seq))
  const after = start(() => {})
  for (let n = 1; n <= 3; n += 1) {
    within.handingIn.report()
    after.handingIn.report()
    after.handingIn.stored(n)
  }
  expect([within.sent, after.sent]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('a batch that nobody acknowledges is handed in again at every third report, and no other before it', () => {
  const { handingIn, sent } = start(() => {})
  for (let n = 1; n <= 7; n += 1) handingIn.report()
  expect(sent).toEqual([1, 1, 1])
})

test('the last batch that is acknowledged while it is handed in ends it', async () => {
  const { handingIn, sent } = start(({ seq }, own) => own.stored(seq))
  handingIn.report()
  await handingIn.close()
  expect(sent).toEqual([1, 2])
})
