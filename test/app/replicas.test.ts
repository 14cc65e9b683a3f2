import { expect, test } from 'vitest'
import { ask, cli } from '../support/banyan.ts'
import { Fleet, positions, QUARTER, standing, STARVED, story, TAKEN_BACK, type Replica } from '../support/fleet.ts'
import { describeOnPostgres } from '../support/on-postgres.ts'
import { until } from '../support/sockets.ts'

describeOnPostgres('replicas on one PostgreSQL', (postgres) => {
  test('three: one is killed, one is cut off; the last acts alone, nothing is done twice or lost', STARVED, async () => {
    const fleet = new Fleet()
    await fleet.start(3, await postgres().database())
    const [dead, cut, alive] = fleet.replicas as [Replica, Replica, Replica]
    const at = async (name: string) => (await positions(alive)).get(name)

    // Whichever acted: it is gone before all units have moved, and the others go on.
    await until(async () => (await at('First'))?.step === 0)
    fleet.kill(dead)
    const killed = performance.now()
    await until(async () => [...(await positions(alive)).values()].every(({ step }) => step === 1))
    expect(performance.now() - killed).toBeLessThan(60_000)

    // Cut off, it serves as before, counts what it serves, and moves nothing.
    cut.door.silent = true
    for (let index = 0; index < 40; index += 1) expect(await ask(cut, 'query Cut { value }')).toMatchObject({ status: 200 })
    fleet.bad.add('Second')
    await until(async () => (await at('Second'))?.status === 'back')
    await until(async () => (await standing(alive, 'Second')) === 'shadow 100')
    expect(
      (await cli(['rollout', 'advance', 'reads', '--unit', 'Third', '--why', 'looked at it', '--by', 'bo', '--admin', alive.admin])).code,
    ).toBe(0)
    await until(async () => (await at('Third'))?.step === 2)

    // Whole again: it hears what was done, and what it counted is there once.
    cut.door.silent = false
    await until(async () => (await standing(cut, 'Second').catch(() => '')) === 'shadow 100')
    const counted = async () => (await alive.overview()).rows.find(({ operation }) => operation.startsWith('query:Cut#'))?.summary.requests
    await until(async () => (await counted()) === 40)
    expect(await story(cut)).toEqual(await story(alive))
    expect(await story(alive)).toEqual({
      First: QUARTER,
      Second: [...QUARTER, TAKEN_BACK],
      Third: [...QUARTER, 'bo: a quarter → let into all', 'controller: a quarter → all'],
    })
    await until(() => fleet.told.some(({ id }) => id.includes('Third') && id.includes('/ask/')))
    expect(await counted()).toBe(40)
    // Every receiver hears of every event, from one replica; from two where the first was killed, or cut off, before it could write down that it had told.
    const ids = fleet.told.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index && !/\/[01]\/enter\/passed$/.test(id))).toEqual([])
    expect(new Set(fleet.told.filter(({ type }) => type === 'rollout.enter').map(({ id }) => id)).size).toBe(7)
    expect(fleet.told.filter(({ type }) => type === 'rollout.back')).toHaveLength(1)
    expect(fleet.unanswered).toEqual([])
  })
})
