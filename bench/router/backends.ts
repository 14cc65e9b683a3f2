import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { answerFile, SIZES, type Kilobytes } from './answers.ts'
import { CORES, listening, start } from './processes.ts'

/** Where each backend listens. `differing`: one answer of ten is another. `hung`: takes connections and says nothing. `laborious`: every answer is a big one, and another. */
export const BACKENDS = { legacy: 19_401, equal: 19_402, differing: 19_403, hung: 19_404, dead: 19_405, laborious: 19_406 } as const
export type Backend = keyof typeof BACKENDS

export function urlOf(backend: Backend): string {
  return `http://127.0.0.1:${BACKENDS[backend]}/graphql`
}

/** Legacy has a process of its own, so that what each costs can be told. */
export interface BackendProcesses {
  readonly legacy: ChildProcess
  readonly candidates: ChildProcess
}

/** Starts all backends: HAProxy answers from memory, faster than anything that is measured. `x-size` of a request chooses the answer. */
export async function startBackends(folder: string): Promise<BackendProcesses> {
  const legacy = startHaproxy(folder, 'legacy', frontend(folder, 'legacy'))
  const candidates = startHaproxy(folder, 'candidates', `${frontend(folder, 'equal')}${frontend(folder, 'differing')}${laborious(folder)}`)
  await Promise.all([listening(BACKENDS.legacy), listening(BACKENDS.laborious)])
  const hung = createServer((socket) => socket.on('error', () => {})).listen(BACKENDS.hung, '127.0.0.1')
  await once(hung, 'listening')
  hung.unref()
  return { legacy, candidates }
}

function startHaproxy(folder: string, name: string, frontends: string): ChildProcess {
  const file = join(folder, `${name}.cfg`)
  writeFileSync(file, `${HEAD}${frontends}`)
  return start(CORES.backends, 'haproxy', ['-f', file])
}

/** More work for whoever compares than for whoever answers. */
function laborious(folder: string): string {
  const file = answerFile(folder, 20, 'other')
  return `frontend laborious\n  bind 127.0.0.1:${BACKENDS.laborious}\n  http-request return status 200 content-type application/json file ${file}\n`
}

const HEAD = `global
  nbthread 1
  maxconn 8192
  tune.bufsize 65536
defaults
  mode http
  timeout client 300s
  timeout http-keep-alive 300s
`

function frontend(folder: string, name: 'legacy' | 'equal' | 'differing'): string {
  const answer = (size: Kilobytes, variant: 'same' | 'other', when: string): string =>
    `  http-request return status 200 content-type application/json file ${answerFile(folder, size, variant)}${when}\n`
  const asked = (size: Kilobytes): string => ` if { req.hdr(x-size) ${size} }`
  const others = name === 'differing' ? SIZES.map((size) => answer(size, 'other', `${asked(size)} { rand(10) lt 1 }`)) : []
  // A gateway that asks in its own words gets the small answer.
  const answers = [...others, ...SIZES.map((size) => answer(size, 'same', asked(size))), answer(2, 'same', '')]
  return `frontend ${name}\n  bind 127.0.0.1:${BACKENDS[name]}\n${answers.join('')}`
}
