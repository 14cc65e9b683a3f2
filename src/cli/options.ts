import { Option } from 'commander'
import { BanyanError } from '../errors.ts'

/** What a command does. Exit codes, as the contract has them: 0 ok, 1 a gate or a comparison failed, 2 usage or configuration, 3 inconclusive. */
export type Action = (...args: never[]) => Promise<number>

/** Makes commander's handler of an action. */
export type Handler = (work: Action) => (...args: unknown[]) => Promise<void>

/** `Number('')` is 0, which nobody means. */
const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

export const port = (text: string): number => {
  const number = numberIn(text)
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new BanyanError('BAD_USAGE', `${quoted(text)} is no port`, 'give a number from 0 to 65535')
  return number
}

export const percent = (text: string): number => {
  const number = numberIn(text)
  if (Number.isNaN(number) || number < 0 || number > 100)
    throw new BanyanError('BAD_USAGE', `${quoted(text)} is no percentage`, 'give a number from 0 to 100')
  return number
}

export const count = (text: string): number => {
  const number = numberIn(text)
  if (!Number.isInteger(number) || number < 1)
    throw new BanyanError('BAD_USAGE', `${quoted(text)} is no count`, 'give a whole number from 1')
  return number
}

const quoted = (text: string): string => (text.trim() === '' ? JSON.stringify(text) : text)

export const json = (): Option => new Option('--json', 'print JSON')
export const admin = (): Option =>
  new Option('--admin <url>', 'address of the admin API').env('BANYAN_ADMIN_URL').default('http://127.0.0.1:4001')
