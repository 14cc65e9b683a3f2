import { BanyanError } from '../errors.ts'

/**
 * That nothing was seen in a region is no news where no request can have it.
 * @param regions every region that a request can have
 * @throws BanyanError BAD_USAGE
 */
export function checkRegion(region: string, regions: readonly string[]): void {
  if (regions.includes(region)) return
  throw new BanyanError('BAD_USAGE', `unknown region ${JSON.stringify(region)}`, `known regions: ${regions.join(', ')}`)
}
