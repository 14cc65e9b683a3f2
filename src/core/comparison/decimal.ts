/** A decimal number as sign, digits without zeros at either end, and the power of ten of the last digit. */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  /** A text for numbers whose exponent is itself beyond exact arithmetic. */
  readonly exponent: bigint
}

/** Equal as exact decimals, whatever their spelling: `1.50`, `15e-1`. Exponents are never expanded: `1e999999999` costs nothing. */
export function equalDecimals(a: string, b: string): boolean {
  if (a === b) return true
  const [left, right] = [decimalOf(a), decimalOf(b)]
  if (!isDecimal(a) || !isDecimal(b)) return false
  return left.digits === right.digits && (left.digits === '' || (left.negative === right.negative && left.exponent === right.exponent))
}

/** One spelling for each decimal value, so that equal numbers have equal text. */
export function canonicalDecimal(text: string): string {
  const { negative, digits, exponent } = decimalOf(text)
  return digits === '' ? '0' : `${negative ? '-' : ''}${digits}e${exponent}`
}

/** Different decimals that are the same IEEE 754 double, at least one of them written with a fraction or an exponent. */
export function equalDoubles(a: string, b: string): boolean {
  return Number(a) === Number(b) && (isFractional(a) || isFractional(b))
}

function isDecimal(text: string): boolean {
  return /\d/.test(text)
}

function isFractional(text: string): boolean {
  return /[.eE]/.test(text)
}

function decimalOf(text: string): Decimal {
  // `Infinity`, which a spelling by JavaScript can be, has no digits of its own and equals no number but itself.
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  const [, sign = '', whole = '', fraction = '', power = '0'] = match ?? []
  const all = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length)
  return { negative: sign === '-', digits, exponent }
}
