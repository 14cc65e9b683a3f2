import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { until } from './sockets.ts'

/** A server to test against instead of one that is started here; its user must be allowed to create databases. */
const GIVEN = process.env['DATABASE_URL_TEST']

/** Where Debian keeps PostgreSQL's programs; the newest version there is. */
function binaries(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(root, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')))
}

/** Why PostgreSQL's tests cannot run here; `undefined` where they can. In CI everything has to run. */
export const postgresMissing: string | undefined =
  GIVEN === undefined && binaries() === undefined && process.env['BANYAN_REQUIRE_ALL'] === undefined
    ? 'there is no PostgreSQL on this machine: install the package `postgresql`, or name a server in DATABASE_URL_TEST'
    : undefined

export interface TestPostgres {
  /** URL of a fresh database. */
  database(): Promise<string>
  stop(): Promise<void>
  /** Kills the server as `kill -9` does. Only where it is one of our own. */
  readonly kill?: () => Promise<void>
  /** Starts it again where it was. */
  readonly startAgain?: () => Promise<void>
}

/** A real PostgreSQL: the one of DATABASE_URL_TEST, or one that is started in a temporary folder. */
export async function startPostgres(): Promise<TestPostgres> {
  const server: Server = GIVEN === undefined ? await startServer() : { url: GIVEN, stop: () => Promise.resolve() }
  const names: string[] = []
  return {
    ...server,
    async database() {
      const name = `banyan_test_${process.pid}_${names.length}`
      names.push(name)
      await query(server.url, `create database ${name}`)
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href
    },
    async stop() {
      if (GIVEN !== undefined) for (const name of names) await query(server.url, `drop database if exists ${name} with (force)`)
      await server.stop()
    },
  }
}

type Server = Omit<TestPostgres, 'database'> & { readonly url: string }

/** PostgreSQL refuses to run as root, so root runs it as Debian's `postgres`; that user cannot see into home folders. */
async function startServer(): Promise<Server> {
  const bin = binaries()
  if (bin === undefined) throw new Error('install the package `postgresql`')
  const folder = mkdtempSync(join(tmpdir(), 'banyan-postgres-'))
  const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  if (asUser.length > 0) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1)
  const command = (name: string, ...args: readonly string[]): [string, string[]] => {
    const [program = '', ...rest] = [...asUser, join(bin, name), '-D', join(folder, 'data'), ...args]
    return [program, rest]
  }
  execFileSync(...command('initdb', '-U', 'postgres', '--auth=trust', '--no-sync'), { stdio: 'pipe', cwd: folder })
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let ended: Promise<unknown> = Promise.resolve()
  const startAgain = async (): Promise<void> => {
    const server = spawn(...command('postgres', '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F'), {
      stdio: 'ignore',
      cwd: folder,
    })
    ended = once(server, 'exit')
    await until(() => answers(url))
  }
  await startAgain()
  const kill = async (): Promise<void> => {
    const [pid] = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 'SIGKILL')
    await ended
  }
  const stop = async (): Promise<void> => {
    execFileSync(...command('pg_ctl', '-m', 'immediate', 'stop'), { stdio: 'pipe', cwd: folder })
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, stop, kill, startAgain }
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  )
}

/** Runs one statement on a connection of its own and gives back its rows. */
export async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** A port of this machine on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // of a server that listens on TCP
  await once(server.close(), 'close')
  return port
}
