import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { until } from './sockets.ts'

/** Where Debian keeps PostgreSQL's programs; the newest version there is. */
function binaries(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(root, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')))
}

/** Why PostgreSQL's tests cannot run here; `undefined` where they can. In CI everything has to run. */
export const postgresMissing: string | undefined =
  binaries() === undefined && process.env['BANYAN_REQUIRE_ALL'] === undefined ? 'no PostgreSQL on this machine' : undefined

export interface TestPostgres {
  /** A fresh database. */
  database(): Promise<string>
  readonly port: number
  stop(): Promise<void>
}

/** Starts a real PostgreSQL in a temporary folder. It refuses to run as root, so root runs it as Debian's `postgres`. */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = binaries()
  if (bin === undefined) throw new Error('install the package `postgresql`')
  const folder = mkdtempSync(join(tmpdir(), 'banyan-postgres-'))
  const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  if (asUser.length > 0) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1)
  const [program = '', ...first] = [...asUser, join(bin, 'initdb')]
  execFileSync(program, [...first, '-D', join(folder, 'data'), '-U', 'postgres', '--auth=trust', '--no-sync'], { stdio: 'pipe', cwd: folder })
  const port = await freePort()
  const run = (name: string): [string, ...string[]] => [...asUser, join(bin, name)] as unknown as [string, ...string[]] // never empty: it ends with the program
  const [runner, ...rest] = run('postgres')
  const server: ChildProcess = spawn(runner, [...rest, '-D', join(folder, 'data'), '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F'], { stdio: 'ignore', cwd: folder })
  const admin = `postgres://postgres@127.0.0.1:${port}/postgres`
  await until(() => query(admin, 'select 1').then(() => true, () => false))
  let databases = 0
  return {
    port,
    async database() {
      databases += 1
      await query(admin, `create database test${databases}`)
      return `postgres://postgres@127.0.0.1:${port}/test${databases}`
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      const [stopper, ...before] = run('pg_ctl')
      execFileSync(stopper, [...before, '-D', join(folder, 'data'), '-m', 'immediate', 'stop'], { stdio: 'pipe', cwd: folder })
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text).finally(() => client.end())
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
