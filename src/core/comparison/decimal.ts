/** A decimal number as sign, digits without zeros at either end, and the power of ten of the last digit. */
interface Decimal {
  readonly negative: boolean
  /** Empty for zero. */
  readonly digits: string
  readonly exponent: string
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)(\d+))?$/
/** Integers that need no work, as most numbers are. */
const PLAIN = /^-?[1-9](?:\d{0,14}[1-9])?$/
const ZERO = 0x30

/** Exponents of more digits are compared as they are written: arithmetic on them would cost more than any answer is worth. */
const MAX_EXPONENT_DIGITS = 1_000

/** Digits of an exponent that a double holds with room to spare. */
const SHORT_EXPONENT = 9

/** Equal as exact decimals, whatever their spelling: `1.50`, `15e-1`. Exponents are never expanded: `1e999999999` costs nothing. */
export function equalDecimals(a: string, b: string): boolean {
  if (a === b) return true
  // Equal decimals are equal doubles, and most that differ are different ones.
  return Number(a) === Number(b) && isDecimal(a) && isDecimal(b) && canonicalDecimal(a) === canonicalDecimal(b)
}

/** One spelling for each decimal value, so that equal numbers have equal text. Linear in the length of the text. */
export function canonicalDecimal(text: string): string {
  if (PLAIN.test(text)) return `${text}e0`
  const { negative, digits, exponent } = decimalOf(text)
  return digits === '' ? '0' : `${negative ? '-' : ''}${digits}e${exponent}`
}

/**
 * Different decimals that are the same finite IEEE 754 double, at least one of them written with a fraction or an exponent. Two plain integers
 * are two values however large they are: they are ids.
 */
export function equalDoubles(a: string, b: string): boolean {
  const double = Number(a)
  return Number.isFinite(double) && double === Number(b) && (isFractional(a) || isFractional(b))
}

/** Written as JSON writes numbers, or as a text that holds one (`007`). */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text)
}

function isFractional(text: string): boolean {
  return /[.eE]/.test(text)
}

function decimalOf(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', powerSign = '', power = '0'] = DECIMAL.exec(text) ?? []
  const all = `${whole}${fraction}`
  // Counted by hand: a pattern like /0+$/ takes quadratic time on a long run of zeros that something follows.
  const [first, last] = [countZeros(all, 0, 1), countZeros(all, all.length - 1, -1)]
  const digits = first === all.length ? '' : all.slice(first, all.length - last)
  return { negative: sign === '-', digits, exponent: exponentOf(powerSign, power.slice(countZeros(power, 0, 1)), last - fraction.length) }
}

function countZeros(digits: string, from: number, step: 1 | -1): number {
  let at = from
  while (digits.charCodeAt(at) === ZERO) at += step
  return Math.abs(at - from)
}

function exponentOf(sign: string, power: string, shift: number): string {
  const signed = `${sign === '-' ? '-' : ''}${power === '' ? '0' : power}`
  if (power.length <= SHORT_EXPONENT) return String(Number(signed) + shift)
  return power.length > MAX_EXPONENT_DIGITS ? `${signed}${shift < 0 ? '' : '+'}${shift}` : String(BigInt(signed) + BigInt(shift))
}
