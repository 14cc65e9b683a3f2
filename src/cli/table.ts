import { stripVTControlCharacters, styleText } from 'node:util'

/** A table for people: columns as wide as their widest cell, numbers to the right, hostile control characters shown as what they are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible))
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => width(row[column] ?? ''))))
  const isNumeric = head.map(
    (_, column) => cells.length > 0 && cells.every((row) => /^[\d–.,%\s]*$/.test(stripVTControlCharacters(row[column] ?? ''))),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, isNumeric[column] ?? false))
      .join('  ')
      .trimEnd()
  return `${styleText('bold', line(head))}\n${cells.map((row) => `${line(row)}\n`).join('')}`
}

function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length
}

function pad(text: string, to: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(text)))
  return right ? space + text : text + space
}

/** Text of clients and backends must not move the cursor or hide a line. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same of several lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}
