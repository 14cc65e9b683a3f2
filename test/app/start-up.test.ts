import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StartUp } from '../../src/app/start-up.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { httpServer, until } from '../support/sockets.ts'

describe('clients are served', () => {
  interface Case {
    readonly control: boolean
    readonly isNew: boolean
    readonly own: boolean
    readonly alone: boolean
  }
  test.each<[string, Partial<Case>, boolean]>([
    ['not before control has read the flags', {}, false],
    ['once control has', { control: true }, true],
    ['at once where the store is new: nobody can have set a flag', { isNew: true }, true],
    ["not yet where the store is new and the flags are LaunchDarkly's", { isNew: true, own: false }, false],
    ['on last known flags while the database is down', { alone: true }, true],
  ])('%s', (_name, { control = false, isNew = false, own = true, alone = false }, expected) => {
    const startUp = new StartUp({ isControlReady: () => control, areEdgesReady: () => true, hasOwnFlags: own })
    if (isNew) startUp.storeIsNew()
    startUp.alone = alone
    expect(startUp.mayServe).toBe(expected)
  })

  test('and a new store that cannot be opened is the end of the start all the same', async () => {
    const startUp = new StartUp({ isControlReady: () => false, areEdgesReady: () => true, hasOwnFlags: true })
    startUp.storeIsNew()
    startUp.look()
    expect([startUp.mayServe, startUp.isWaiting]).toEqual([true, true])
    startUp.fail(new Error('no space left'))
    await expect(startUp.done()).rejects.toThrow('no space left')
  })
})

const named = (from: string) =>
  httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { from } }))
  })

/** Asks on a new connection each time, from before there is anybody who listens, until so many answers were there. */
async function answersFromTheStart(tree: Tree, most: number): Promise<readonly string[]> {
  const answers: string[] = []
  const one = async (): Promise<void> => {
    const answer = await ask(tree, 'query Who { from }', { connection: 'close' }).catch(() => undefined)
    if (answer !== undefined && answers.length < most) answers.push(answer.text)
  }
  const asked: Promise<void>[] = []
  await until(() => {
    // None waits for the one before: that may be held until everything runs.
    asked.push(one())
    return answers.length >= most
  })
  await Promise.all(asked)
  return answers
}

describe('a whole Banyan', () => {
  const MANY = 40

  test('counts what it served before its new store was open', async () => {
    const [legacy, candidate] = [await named('legacy'), await named('candidate')]
    const backends = { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } }
    const banyan = await startTree({ backends, workers: 1 }, {}, { untilReady: false })
    const answers = await answersFromTheStart(banyan, MANY)
    expect(new Set(answers)).toEqual(new Set(['{"data":{"from":"legacy"}}']))
    // Those that came back after the last were counted too.
    await until(async () => {
      const rows = await banyan.overview().then(
        (overview) => overview.rows,
        () => [],
      )
      return (rows[0]?.summary.requests ?? 0) >= MANY
    })
  }, 120_000)

  test('serves nobody before it knows the flags of a store that exists: what is live at the candidate stays there', async () => {
    const [legacy, candidate] = [await named('legacy'), await named('candidate')]
    const backends = { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } }
    const first = await startTree({ backends, workers: 1 })
    await ask(first, 'query Who { from }')
    await until(async () => (await first.overview()).rows.length === 1)
    expect(await cli(['flags', 'set', 'Who', '--why', 'a test', '--stage', 'live', '--admin', first.admin])).toMatchObject({ code: 0 })
    first.signal('SIGTERM')
    await first.ended
    const store = { url: `pglite:${join(dirname(first.configFile), 'store')}` }
    const second = await startTree({ backends, workers: 1, store }, {}, { untilReady: false })
    expect(new Set(await answersFromTheStart(second, MANY))).toEqual(new Set(['{"data":{"from":"candidate"}}']))
  }, 120_000)

  test.each([0, 1])(
    'that is told to end while it starts ends in order (try %i)',
    async () => {
      const legacy = await named('legacy')
      const backends = { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${legacy.url}/api` } }
      const banyan = await startTree({ backends, workers: 1 }, {}, { untilReady: false })
      await until(() =>
        ask(banyan, '{ from }').then(
          () => true,
          () => false,
        ),
      )
      banyan.signal('SIGTERM')
      expect(await banyan.ended).toEqual({ code: 0, stdout: '', stderr: '' })
    },
    120_000,
  )
})
