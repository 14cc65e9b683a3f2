import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Child } from '../../src/app/child.ts'
import { NICE } from '../../src/app/stepping-back.ts'
import { loadConfig } from '../../src/config/load.ts'
import { until } from '../support/sockets.ts'

/** How far each thread of a process steps back (nice(2)), by its name. */
function niceOf(pid: number): readonly (readonly [name: string, nice: number])[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8')
    const [, name = '', fields = ''] = /\((.*)\) (.*)/s.exec(stat) ?? []
    return [name, Number(fields.split(' ')[16])]
  })
}

/** The pid of an edge. */
function start(): number {
  const backends = { legacy: 'http://127.0.0.1:1/graphql', candidate: 'http://127.0.0.1:2/graphql' }
  const cwd = mkdtempSync(join(tmpdir(), 'banyan-test-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const result = loadConfig({ ...backends, env: {}, cwd, now: 0, cores: 1 })
  if ('problems' in result) throw new Error('the config is fine')
  const ignored = (): void => {}
  const events = { onMessage: ignored, onExit: ignored, onSilent: ignored, onReturn: ignored }
  const child = new Child('edge', new URL('../../src/app/edge-child.ts', import.meta.url), result.loaded, events)
  onTestFinished(() => child.kill())
  child.start()
  return child.facts.pid
}

describe.runIf(process.platform === 'linux')('where there is more to do than there are cores', () => {
  const own = getPriority()

  test('the shadow thread lets every other thread of its edge go before it', async () => {
    const pid = start()
    await until(() => niceOf(pid).some(([name]) => name === 'shadow'))
    await until(() => niceOf(pid).every(([name, nice]) => nice === (name === 'shadow' ? own + NICE : own)))
    expect(niceOf(pid).length).toBeGreaterThan(1)
  })
})
