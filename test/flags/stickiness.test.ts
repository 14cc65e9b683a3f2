import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Flag } from '../../src/core/routing/flag.ts'
import { setStage } from '../../src/core/routing/set-stage.ts'
import { createStoreStages } from '../../src/flags/store-stages.ts'

const flag = (name: string, percent: number, before?: Flag): Flag =>
  setStage(before, `banyan.query.${name}`, { operations: [`query:${name}#1`], region: 'eu', stage: 'live', percent, rest: 'shadow' }, 'off')
const subjects = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 50 })
const percents = fc.uniqueArray(fc.integer({ min: 0, max: 100_000 }), { minLength: 2, maxLength: 6 })

test('a subject keeps its side while the share grows, and has the same side in every operation at the same share', () => {
  fc.assert(
    fc.property(subjects, percents, (users, weights) => {
      const stages = createStoreStages(() => 0)
      onTestFinished(() => stages.close())
      let chosen = new Set<string>()
      let [a, b]: [Flag | undefined, Flag | undefined] = [undefined, undefined]
      for (const weight of weights.toSorted((one, other) => one - other)) {
        a = flag('A', weight / 1_000, a)
        b = flag('B', weight / 1_000, b)
        stages.update({ flags: [a, b], segments: [] })
        const live = (name: string): Set<string> =>
          new Set(
            users.filter((subject) => {
              const operation = { key: `query:${name}#1`, type: 'query' as const, name, signature: '1', document: '' }
              return stages.assign({ operation, region: 'eu', environment: 'test', subject, fallback: 'off' }).stage === 'live'
            }),
          )
        const now = live('A')
        expect(live('B')).toEqual(now)
        expect([...chosen].filter((subject) => !now.has(subject))).toEqual([])
        chosen = now
      }
    }),
    { numRuns: 40, seed: 7 },
  )
})
