import { expect, test } from 'vitest'
import { ask, cli } from '../support/banyan.ts'
import { Fleet, positions, QUARTER, standing, STARVED, story, TAKEN_BACK, type Replica } from '../support/fleet.ts'
import { describeOnPostgres } from '../support/on-postgres.ts'
import { until } from '../support/sockets.ts'

describeOnPostgres('replicas on one PostgreSQL', (postgres) => {
  test(
    'two: PostgreSQL dies; clients are served, nothing moves, and what was due happens when it is back, also slowly',
    STARVED,
    async (context) => {
      context.skip(postgres().kill === undefined, 'the server of DATABASE_URL_TEST is not ours to kill')
      const fleet = new Fleet()
      await fleet.start(2, await postgres().database())
      const [one, two] = fleet.replicas as [Replica, Replica]
      await until(async () => [...(await positions(one)).values()].every(({ step }) => step === 1))

      await postgres().kill?.()
      fleet.bad.add('First')
      for (let index = 0; index < 40; index += 1)
        expect(await ask(index % 2 === 0 ? one : two, 'query Away { value }')).toMatchObject({ status: 200 })
      const refused = await cli(['rollout', 'advance', 'reads', '--unit', 'Third', '--why', 'looked at it', '--admin', one.admin])
      expect(refused.code).toBe(2)
      for (const replica of [one, two]) expect((await fetch(`${replica.admin}/readyz`)).status).toBe(200)

      for (const replica of [one, two]) replica.door.delayMs = 50
      await postgres().startAgain?.()
      await until(async () => (await positions(two).catch(() => new Map<string, never>())).get('First')?.status === 'back')
      await until(async () => (await standing(two, 'First').catch(() => '')) === 'shadow 100')
      const counted = async () => (await two.overview()).rows.find(({ operation }) => operation.startsWith('query:Away#'))?.summary.requests
      await until(async () => (await counted()) === 40)
      await until(
        async () =>
          (await cli(['rollout', 'advance', 'reads', '--unit', 'Third', '--why', 'looked', '--by', 'bo', '--admin', one.admin])).code === 0,
      )
      await until(async () => (await positions(one)).get('Third')?.step === 2)
      expect(await story(two)).toEqual({
        First: [...QUARTER, TAKEN_BACK],
        Second: QUARTER,
        Third: [...QUARTER, 'bo: a quarter → let into all', 'controller: a quarter → all'],
      })
      expect(fleet.unanswered).toEqual([])
      await until(() => fleet.told.some(({ type }) => type === 'rollout.back'))
      // Of what was told while PostgreSQL died nobody could note that it was told: it may come again, under the same id.
      expect(fleet.told.filter(({ type }) => type === 'rollout.back')).toHaveLength(1)
    },
  )
})
