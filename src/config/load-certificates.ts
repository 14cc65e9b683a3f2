import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { BackendTls, Certificates, KeyPair } from '../core/exchange/tls.ts'
import { ORIGINS } from '../core/routing/stage.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

/** Where files are, and what time it is. */
interface Place {
  readonly folder: string
  readonly cwd: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A file that the config names, by the keys that name it. */
interface Named {
  readonly file: string
  readonly keys: readonly string[]
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** All certificates that the config names, and whether they are what they should be. One that has expired is a warning: its renewal may be under way. */
export function loadCertificates(
  config: Config,
  yaml: YamlFile,
  place: Place,
): { readonly certificates: Certificates; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const reader = new Reader(yaml, place)
  const certificates: { listen?: KeyPair; admin?: KeyPair; legacy?: BackendTls; candidate?: BackendTls } = {}
  const listen = reader.pair(config.listen.tls, ['listen', 'tls'])
  if (listen !== undefined) certificates.listen = listen
  const admin = reader.pair(config.admin.tls, ['admin', 'tls'])
  if (admin !== undefined) certificates.admin = admin
  for (const origin of ORIGINS) {
    const { tls, url } = config.backends[origin]
    const keys = ['backends', origin, 'tls']
    if (tls === undefined) continue
    if (!url.startsWith('https:')) reader.problem(keys, `${url} does not speak TLS`, 'begin the address with https://, or take `tls` out')
    const ca = reader.authorities(tls.ca, [...keys, 'ca'])
    const pair = reader.pair(tls, keys)
    certificates[origin] = {
      ...(ca === undefined ? {} : { ca }),
      ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      ...(pair === undefined ? {} : { pair }),
    }
  }
  return { certificates, problems: reader.problems, warnings: reader.warnings }
}

class Reader {
  readonly #yaml: YamlFile
  readonly #place: Place
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []

  constructor(yaml: YamlFile, place: Place) {
    this.#yaml = yaml
    this.#place = place
  }

  problem(keys: readonly string[], message: string, fix: string): void {
    this.problems.push(this.#yaml.problem(keys, message, fix))
  }

  /** Both files, where they belong together. */
  pair(named: { readonly certificate?: string | undefined; readonly key?: string | undefined } | undefined, keys: readonly string[]) {
    if (named?.certificate === undefined || named.key === undefined) return undefined
    const [certificateFile, keyFile] = [
      { file: named.certificate, keys: [...keys, 'certificate'] },
      { file: named.key, keys: [...keys, 'key'] },
    ]
    const [certificate, key] = [this.#text(certificateFile), this.#text(keyFile)]
    const [first] = certificate === undefined ? [] : this.#certificates(certificate, certificateFile)
    const privateKey = key === undefined ? undefined : this.#privateKey(key, keyFile)
    if (first === undefined || privateKey === undefined || certificate === undefined || key === undefined) return undefined
    if (!first.checkPrivateKey(privateKey)) {
      const message = `the key in ${named.key} is not that of the first certificate in ${named.certificate}`
      this.problem(keyFile.keys, message, 'name the key that the certificate was made with; its own certificate stands first in the file')
      return undefined
    }
    return this.#isTaken({ cert: certificate, key }, certificateFile) ? { certificate, key } : undefined
  }

  authorities(file: string | undefined, keys: readonly string[]): string | undefined {
    if (file === undefined) return undefined
    const text = this.#text({ file, keys })
    if (text === undefined || this.#certificates(text, { file, keys }).length === 0) return undefined
    return this.#isTaken({ ca: text }, { file, keys }) ? text : undefined
  }

  /** Whether TLS can be made from it. OpenSSL refuses some of what can be read, weak keys among it, and no process is to find that out while it serves. */
  #isTaken(made: SecureContextOptions, { file, keys }: Named): boolean {
    try {
      createSecureContext(made)
      return true
    } catch (error) {
      const message = `OpenSSL does not take ${file}: ${error instanceof Error ? error.message : String(error)}`
      this.problem(keys, message, 'write it again, whole; a key of RSA has 2,048 bits at the least')
      return false
    }
  }

  #text({ file, keys }: Named): string | undefined {
    try {
      return readFileSync(this.#path(file), 'utf8')
    } catch (error) {
      const message = `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`
      this.problem(keys, message, 'the path is relative to this file; the user that Banyan runs as must be able to read it')
      return undefined
    }
  }

  #certificates(text: string, { file, keys }: Named): readonly X509Certificate[] {
    try {
      const certificates = [...text.matchAll(CERTIFICATE)].map(([pem]) => new X509Certificate(pem))
      if (certificates.length === 0) this.problem(keys, `${file} has no certificate in it`, 'it must hold PEM: BEGIN CERTIFICATE')
      // OpenSSL would believe those authorities that are there.
      else if (text.split(BEGIN).length - 1 > certificates.length) {
        this.problem(keys, `${file} ends within a certificate`, 'write it again, whole')
        return []
      }
      for (const certificate of certificates) this.#date(certificate, file)
      return certificates
    } catch (error) {
      const message = `${file} has a certificate that cannot be read: ${error instanceof Error ? error.message : String(error)}`
      this.problem(keys, message, 'write it again, whole')
      return []
    }
  }

  #privateKey(text: string, { file, keys }: Named): KeyObject | undefined {
    try {
      return createPrivateKey(text)
    } catch (error) {
      const isLocked = error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE'
      const message = isLocked ? `the key in ${file} has a passphrase` : `${file} has no private key in it that can be read`
      this.problem(keys, message, isLocked ? 'take it off: openssl pkey -in … -out …' : 'it must hold PEM: BEGIN PRIVATE KEY')
      return undefined
    }
  }

  #date({ validFromDate, validToDate, subject }: X509Certificate, file: string): void {
    const { now, cwd } = this.#place
    const isOld = validToDate.getTime() <= now
    if (!isOld && validFromDate.getTime() <= now) return
    this.warnings.push({
      file: relative(cwd, this.#path(file)),
      message: isOld
        ? `the certificate of ${subject} expired on ${validToDate.toISOString()}`
        : `the certificate of ${subject} does not hold before ${validFromDate.toISOString()}`,
      fix: isOld ? 'renew it: peers refuse it' : 'check it and the clock: peers refuse it until then',
    })
  }

  #path(file: string): string {
    return resolve(this.#place.folder, file)
  }
}
