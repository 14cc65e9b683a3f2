import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { plainAddress } from '../core/exchange/forwarded.ts'

/** Ranges that are known by a word: RFC 1122 and 4291 for this machine; RFC 1918, 6598, 3927 and 4193 for networks that nobody else reaches. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
}

/**
 * Prepares the question whether an address is a trusted proxy's.
 * @param proxies addresses, ranges (`10.1.0.0/16`), `loopback` and `private`
 */
export function createTrust(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of proxies.flatMap((name) => RANGES[name] ?? [name])) {
    const [address = '', bits] = range.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (named) => {
    const address = plainAddress(named)
    return isIPv4(address) ? list.check(address, 'ipv4') : isIPv6(address) && list.check(address, 'ipv6')
  }
}
