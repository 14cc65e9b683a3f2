import { canonicalDecimal } from '../comparison/decimal.ts'

/** A decimal as a whole number times a power of ten. */
export interface Scaled {
  readonly digits: bigint
  readonly exponent: number
}

/** Digits that arithmetic is done with: more than any money, and little enough for hostile exponents. */
const MAX_DIGITS = 400

/** Nothing for a number whose arithmetic would cost too much. `text` is a JSON number. */
export function scaledOf(text: string): Scaled | undefined {
  const canonical = canonicalDecimal(text)
  if (canonical === '0') return { digits: 0n, exponent: 0 }
  const [digits = '', power = ''] = canonical.split('e')
  const exponent = Number(power)
  return digits.length > MAX_DIGITS || !(Math.abs(exponent) <= MAX_DIGITS) ? undefined : { digits: BigInt(digits), exponent }
}

/** Rounded to so many digits behind the point, halves away from zero. */
export function round({ digits, exponent }: Scaled, places: number): Scaled {
  if (exponent >= -places) return { digits, exponent }
  const unit = 10n ** BigInt(-places - exponent)
  const half = digits < 0n ? -unit / 2n : unit / 2n
  return { digits: (digits + half) / unit, exponent: -places }
}

/** As a JSON number. */
export function scaledText({ digits, exponent }: Scaled): string {
  return canonicalDecimal(`${digits}e${exponent}`)
}

/** Whether two numbers are no further apart than `abs`, or than `rel` of the greater one. */
export function isNear(a: Scaled, b: Scaled, { abs, rel }: { readonly abs?: Scaled; readonly rel?: Scaled }): boolean {
  const exponent = Math.min(a.exponent, b.exponent)
  const [left, right] = [shift(a, exponent), shift(b, exponent)]
  const distance = { digits: magnitude(left - right), exponent }
  const [first, second] = [magnitude(left), magnitude(right)]
  const greater = { digits: first > second ? first : second, exponent }
  return (abs !== undefined && isAtMost(distance, abs)) || (rel !== undefined && isAtMost(distance, times(greater, rel)))
}

function isAtMost(a: Scaled, b: Scaled): boolean {
  const exponent = Math.min(a.exponent, b.exponent)
  return shift(a, exponent) <= shift(b, exponent)
}

function times(a: Scaled, b: Scaled): Scaled {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent }
}

function shift({ digits, exponent }: Scaled, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to)
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}
