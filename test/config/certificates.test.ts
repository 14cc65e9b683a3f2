import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { authority } from '../support/certificates.ts'

/** What `banyan check` says of a config in the authority's folder, where files may be broken before. */
function checked(ca: ReturnType<typeof authority>, config: object, env: Record<string, string> = {}) {
  const backends = { legacy: { url: 'https://legacy.example/graphql' }, candidate: { url: 'http://candidate.example/graphql' } }
  writeFileSync(join(ca.folder, 'banyan.yaml'), stringify({ backends, ...config }))
  const result = loadConfig({ file: 'banyan.yaml', env, cwd: ca.folder, now: Date.now(), cores: 1 })
  return {
    problems: 'problems' in result ? result.problems.map(formatProblem) : [],
    warnings: result.warnings.map(formatProblem),
    ...('loaded' in result ? { certificates: result.loaded.certificates } : {}),
  }
}

describe('certificates in the config', () => {
  test('are read, with paths relative to it', () => {
    const ca = authority()
    const { certificate, key } = ca.issue('shop.example')
    const tls = { certificate: '1.pem', key: '1.key' }
    const { certificates, problems, warnings } = checked(ca, { listen: { tls }, admin: { tls } })
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(certificates).toEqual({ listen: { certificate, key }, admin: { certificate, key } })
  })

  test.each<[string, (ca: ReturnType<typeof authority>) => object, RegExp]>([
    ['a file that is not there', () => ({ certificate: 'none.pem', key: '1.key' }), /cannot read none\.pem: ENOENT/],
    [
      'a key of another certificate',
      () => ({ certificate: '1.pem', key: '2.key' }),
      /the key in 2\.key is not that of the first certificate in 1\.pem/,
    ],
    ['a certificate where the key should be', () => ({ certificate: '1.pem', key: '1.pem' }), /1\.pem has no private key in it/],
    ['a key where the certificate should be', () => ({ certificate: '1.key', key: '1.key' }), /1\.key has no certificate in it/],
    [
      'a certificate that is half written',
      ({ folder }) => {
        writeFileSync(join(folder, 'half.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
        return { certificate: 'half.pem', key: '1.key' }
      },
      /half\.pem has a certificate that cannot be read/,
    ],
    [
      'a chain that is cut off behind the first certificate',
      ({ folder, ca }) => {
        writeFileSync(join(folder, 'chain.pem'), readFileSync(join(folder, '1.pem'), 'utf8') + ca.slice(0, 200))
        return { certificate: 'chain.pem', key: '1.key' }
      },
      /chain\.pem ends within a certificate/,
    ],
    [
      'a key that is too weak for TLS',
      ({ folder }) => {
        const [key, certificate] = [join(folder, 'weak.key'), join(folder, 'weak.pem')]
        const self = ['-x509', '-newkey', 'rsa:1024', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=weak']
        execFileSync('openssl', ['req', ...self], { stdio: 'pipe' })
        return { certificate: 'weak.pem', key: 'weak.key' }
      },
      /OpenSSL does not take weak\.pem: .*key too small/,
    ],
  ])('%s keeps Banyan from starting', (_name, tls, problem) => {
    const ca = authority()
    ca.issue('shop.example')
    ca.issue('other.example')
    const { problems } = checked(ca, { listen: { tls: tls(ca) } })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(problem)
    expect(problems[0]).toMatch(/^banyan\.yaml:\d+:\d+ /)
  })

  test('that have expired are a warning', () => {
    const ca = authority()
    ca.issue('shop.example', -1)
    const { problems, warnings } = checked(ca, { listen: { tls: { certificate: '1.pem', key: '1.key' } } })
    expect(problems).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(/^1\.pem the certificate of CN=shop\.example expired on 20/)])
  })

  test('of a backend come in pairs, and for one that speaks TLS', () => {
    const ca = authority()
    ca.issue('banyan')
    const backends = (legacy: object, candidate: object): object => ({
      backends: {
        legacy: { url: 'https://legacy.example/graphql', ...legacy },
        candidate: { url: 'http://candidate.example/graphql', ...candidate },
      },
    })
    expect(checked(ca, backends({ tls: { certificate: '1.pem' } }, {})).problems[0]).toMatch(/a certificate and its key come together/)
    expect(checked(ca, backends({}, { tls: { ca: 'ca.pem' } })).problems[0]).toMatch(
      /http:\/\/candidate\.example\/graphql does not speak TLS/,
    )
    writeFileSync(join(ca.folder, 'cut.pem'), ca.ca + ca.ca.slice(0, 200))
    expect(checked(ca, backends({ tls: { ca: 'cut.pem' } }, {})).problems[0]).toMatch(/cut\.pem ends within a certificate/)
    const whole = { tls: { ca: 'ca.pem', serverName: 'l.example', certificate: '1.pem', key: '1.key' } }
    expect(checked(ca, backends(whole, {})).certificates).toMatchObject({ legacy: { ca: ca.ca, serverName: 'l.example' } })
  })

  test('cannot be left unverified by an environment variable', () => {
    expect(checked(authority(), {}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }).problems[0]).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED=0 is set/)
  })
})

test.each([
  ['unix:/run/legacy.sock:/graphql', true],
  ['unix:/run/legacy.sock', false],
  ['unix:relative.sock:/graphql', false],
  ['unix://host/run.sock:/graphql', false],
  ['ftp://legacy.example/', false],
])('the address %s', (url, isFine) => {
  const { problems } = checked(authority(), { backends: { legacy: { url }, candidate: { url: 'http://c.example/' } } })
  expect(problems.join()).toMatch(isFine ? /^$/ : /must be http:\/\/…, https:\/\/… or unix:/)
})

test.each([
  [107, /^$/],
  [108, /the path of the Unix socket has 108 bytes, and the system takes 107/],
])('a Unix socket whose path has %i bytes', (bytes, problem) => {
  const url = `unix:/${'s'.repeat(bytes - 1)}:/graphql`
  expect(checked(authority(), { backends: { legacy: { url }, candidate: { url: 'http://c.example/' } } }).problems.join()).toMatch(problem)
})

test.each([
  [300_000, /^$/],
  [300_001, /the head of a request may take 300001 ms, and all of it 300000 ms/],
])('a head that may take %i ms', (headersMs, problem) => {
  expect(checked(authority(), { limits: { headersMs } }).problems.join()).toMatch(problem)
})
