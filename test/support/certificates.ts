import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { KeyPair } from '../../src/core/exchange/tls.ts'
import type { Finished } from './sockets.ts'

/** A certificate and its key, as files and as text. */
export interface Issued extends KeyPair {
  readonly certificateFile: string
  readonly keyFile: string
}

export interface Authority {
  readonly folder: string
  readonly ca: string
  readonly caFile: string
  /** A certificate for a name or an address. It holds for so many days; -1: it has expired. */
  readonly issue: (name: string, days?: number) => Issued
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

/** An authority of the test's own. */
export function authority(finished: Finished = onTestFinished): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-tls-'))
  finished(() => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string): string => join(folder, name)
  openssl('req', '-x509', ...EC, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Test CA')
  let serial = 0
  const issue: Authority['issue'] = (name, days = 2) => {
    serial += 1
    const [key, request, certificate, extension] = ['key', 'csr', 'pem', 'ext'].map((end) => at(`${serial}.${end}`)) as [
      string,
      string,
      string,
      string,
    ]
    openssl('req', ...EC, '-keyout', key, '-out', request, '-subj', `/CN=${name}`)
    writeFileSync(extension, `subjectAltName=${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}\n`)
    const signing = [
      '-days',
      String(days),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-set_serial',
      String(serial + 1),
      '-extfile',
      extension,
    ]
    openssl('x509', '-req', '-in', request, '-out', certificate, ...signing)
    return {
      certificateFile: certificate,
      keyFile: key,
      certificate: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
    }
  }
  return { folder, ca: readFileSync(at('ca.pem'), 'utf8'), caFile: at('ca.pem'), issue }
}
