import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BACKENDS, urlOf } from './backends.ts'
import { startBanyan, type BanyanSettings } from './banyan.ts'
import { CORES, listening, start, threadsOf, tree, type Thread } from './processes.ts'

/** One router that is measured. */
export interface Contender {
  readonly name: string
  readonly url: string
  readonly child?: ChildProcess
  /** The processes that clients talk to, each on a core of its own. */
  readonly serving: readonly number[]
  /** The thread of each that clients wait for. */
  readonly main: readonly Thread[]
  /** What a new process needs before it is measured: nothing, time to compile, or time to learn each load. */
  readonly warmUp: 'ready' | 'compiles' | 'learns'
  /** What it counted since it was asked last, where it counts: how many of its requests were compared. */
  readonly compared?: () => Promise<number>
}

type Starter = (folder: string, port: number) => Promise<Contender>

/** Everybody who can be measured, by the name that the tables have. */
export const CONTENDERS: Readonly<Record<string, Starter>> = {
  direct: () => Promise.resolve({ name: 'direct', url: urlOf('legacy'), serving: [], main: [], warmUp: 'ready' }),
  'nginx proxy_pass': (folder, port) => startNginx(folder, port, 'nginx proxy_pass'),
  'nginx + mirror': (folder, port) => startNginx(folder, port, 'nginx + mirror', BACKENDS.equal),
  'nginx + mirror, hung': (folder, port) => startNginx(folder, port, 'nginx + mirror, hung', BACKENDS.hung),
  HAProxy: startHaproxy,
  'node:http + undici': forwarder('node:http + undici', new URL('forwarder.ts', import.meta.url)),
  'bare sockets': forwarder('bare sockets', new URL('bare-sockets.ts', import.meta.url)),
  'Hive Gateway': startHive,
  'Banyan, forward only': banyan('Banyan, forward only', { candidate: 'equal', sample: 0 }),
  'Banyan, equal': banyan('Banyan, equal', { candidate: 'equal', sample: 1 }),
  'Banyan, 10 % differ': banyan('Banyan, 10 % differ', { candidate: 'differing', sample: 1 }),
  'Banyan, shadow hung': banyan('Banyan, shadow hung', { candidate: 'hung', sample: 1 }),
  'Banyan, shadow dead': banyan('Banyan, shadow dead', { candidate: 'dead', sample: 1 }),
  'Banyan, shadow saturated': banyan('Banyan, shadow saturated', { candidate: 'laborious', sample: 1 }),
  'Banyan, database down': banyan('Banyan, database down', { candidate: 'equal', sample: 0, databaseDown: true }),
  'Banyan, telemetry hung': banyan('Banyan, telemetry hung', { candidate: 'equal', sample: 0, telemetry: BACKENDS.hung }),
  'Banyan, two edges': banyan('Banyan, two edges', { candidate: 'equal', sample: 0, workers: 2 }),
}

function banyan(name: string, settings: BanyanSettings): Starter {
  return (folder, port) => startBanyan(name, folder, port, settings)
}

async function ready(
  name: string,
  port: number,
  child: ChildProcess,
  warmUp: Contender['warmUp'],
  processOf: (pid: number) => number = (pid) => pid,
): Promise<Contender> {
  await listening(port)
  const pid = processOf(child.pid ?? 0)
  const [main] = threadsOf(pid)
  return { name, url: `http://127.0.0.1:${port}/graphql`, child, serving: [pid], main: main === undefined ? [] : [main], warmUp }
}

function startNginx(folder: string, port: number, name: string, mirror?: number): Promise<Contender> {
  const file = join(folder, `nginx-${port}.conf`)
  const upstream = (label: string, backend: number): string => `upstream ${label} { server 127.0.0.1:${backend}; keepalive 256; }`
  const pass = (label: string): string => `proxy_pass http://${label}; proxy_http_version 1.1; proxy_set_header Connection "";`
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${file}.pid; error_log /dev/null crit;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 100000000; client_body_buffer_size 128k;
  proxy_buffers 16 16k; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${upstream('legacy', BACKENDS.legacy)}
  ${mirror === undefined ? '' : upstream('candidate', mirror)}
  server {
    listen 127.0.0.1:${port};
    location / { ${mirror === undefined ? '' : 'mirror /mirror;'} ${pass('legacy')} }
    ${mirror === undefined ? '' : `location = /mirror { internal; ${pass('candidate$request_uri')} }`}
  }
}
`,
  )
  return ready(name, port, start(CORES.measured, 'nginx', ['-c', file]), 'ready')
}

function startHaproxy(folder: string, port: number): Promise<Contender> {
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 8192
  tune.bufsize 32768
defaults
  mode http
  timeout client 300s
  timeout server 300s
  timeout connect 5s
  timeout http-keep-alive 300s
  http-reuse always
listen proxy
  bind 127.0.0.1:${port}
  server legacy 127.0.0.1:${BACKENDS.legacy}
`,
  )
  return ready('HAProxy', port, start(CORES.measured, 'haproxy', ['-f', file]), 'ready')
}

function forwarder(name: string, { pathname }: URL): Starter {
  return (_folder, port) =>
    ready(name, port, start(CORES.measured, process.execPath, [pathname, String(port), urlOf('legacy')]), 'compiles')
}

/** Where `npm install @graphql-hive/gateway` was run; without it Hive is left out. */
export const HIVE_FOLDER = process.env['HIVE_GATEWAY']

async function startHive(_folder: string, port: number): Promise<Contender> {
  const bin = join(HIVE_FOLDER ?? '', 'node_modules/@graphql-hive/gateway/dist/bin.js')
  const schema = new URL('schema.graphql', import.meta.url).pathname
  const args = [bin, 'proxy', urlOf('legacy'), '--schema', schema, '--port', String(port), '--host', '127.0.0.1', '--fork', '1']
  const child = start(CORES.measured, process.execPath, args, { LOG_LEVEL: 'error', NODE_ENV: 'production' })
  // With one fork it serves in a child of its own on some versions: the busiest of the tree is who serves.
  return ready('Hive Gateway', port, child, 'compiles', (pid) => tree(pid).at(-1) ?? pid)
}
