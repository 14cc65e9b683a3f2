import { describe, expect, test } from 'vitest'
import { clientAddress, forwardedLines, plainAddress } from '../../../src/core/exchange/forwarded.ts'

const TRUSTED = { address: '10.0.0.1', trusted: true }
const STRANGER = { address: '9.9.9.9', trusted: false }

describe('lines about the client', () => {
  test('of a trusted proxy are the very same', () => {
    const raw = ['Host', 'a', 'X-Forwarded-For', '1.1.1.1']
    expect(forwardedLines(raw, TRUSTED, 'keep')).toBe(raw)
  })

  test('of a trusted proxy get one more address where the policy says so, in the last list', () => {
    const raw = ['Host', 'a', 'X-Forwarded-For', '1.1.1.1', 'x-forwarded-for', '2.2.2.2', 'X-Forwarded-Proto', 'https']
    expect(forwardedLines(raw, TRUSTED, 'append')).toEqual([
      ...raw.slice(0, 5),
      '2.2.2.2, 10.0.0.1',
      ...raw.slice(6),
      'X-Forwarded-Host',
      'a',
    ])
    expect(forwardedLines(['A', 'b'], TRUSTED, 'append')).toEqual(['A', 'b', 'X-Forwarded-For', '10.0.0.1', 'X-Forwarded-Proto', 'http'])
  })

  test.each([
    ['10.0.0.1', 'for=10.0.0.1'],
    ['::1', 'for="[::1]"'],
  ])('of a trusted proxy that keeps the list of RFC 7239 get one more there as well: %s', (address, element) => {
    const raw = ['Forwarded', 'for=1.1.1.1;proto=https', 'forwarded', 'for=2.2.2.2']
    expect(forwardedLines(raw, { address, trusted: true }, 'append')).toEqual([
      ...raw.slice(0, 3),
      `for=2.2.2.2, ${element}`,
      'X-Forwarded-For',
      address,
      'X-Forwarded-Proto',
      'http',
    ])
  })

  test.each(['X-Forwarded-For', 'x_forwarded_for', 'X-Forwarded-Anything', 'Forwarded', 'X-Real-IP', 'X_Real_IP', 'True-Client-IP'])(
    'of a stranger are not believed: %s',
    (name) => {
      expect(forwardedLines(['Host', 'a', name, 'lie', 'B', 'c'], STRANGER, 'keep')).toEqual([
        'Host',
        'a',
        'B',
        'c',
        'X-Forwarded-For',
        '9.9.9.9',
        'X-Forwarded-Proto',
        'http',
        'X-Forwarded-Host',
        'a',
      ])
    },
  )
})

describe('the address of the client is', () => {
  const isTrusted = (address: string): boolean => address.startsWith('10.')
  test.each([
    ["a stranger's own", ['X-Forwarded-For', '1.1.1.1'], STRANGER, '9.9.9.9'],
    ['the last that is no proxy', ['X-Forwarded-For', '6.6.6.6, 1.1.1.1, 10.0.0.7'], TRUSTED, '1.1.1.1'],
    ['the last of several lines', ['X-Forwarded-For', '6.6.6.6', 'X-Forwarded-For', '1.1.1.1'], TRUSTED, '1.1.1.1'],
    ["the proxy's where it says nothing", [], TRUSTED, '10.0.0.1'],
    ["the proxy's where all are proxies", ['X-Forwarded-For', '10.1.1.1'], TRUSTED, '10.0.0.1'],
  ])('%s', (_name, raw, peer, address) => {
    expect(clientAddress(raw, peer, isTrusted)).toBe(address)
  })

  test.each([
    ['1.2.3.4:80', '1.2.3.4'],
    ['[::1]:80', '::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    [' ::1 ', '::1'],
  ])('%s without what is around it: %s', (text, address) => {
    expect(plainAddress(text)).toBe(address)
  })
})
