/**
 * Whole lines of names and values (RFC 9110 section 5.5). Not in it: a line that goes on on the next (obs-fold), white space before the colon, a bare CR or LF, a NUL. One program reads
 * such lines otherwise than the next, so that one message could become two.
 */
const FIELDS = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*(?:\r\n|$))*$/

/** Header or trailer lines, name and value in turn; nothing where one of them is not such a line. */
export function readFields(text: string): string[] | undefined {
  if (!FIELDS.test(text)) return undefined
  const lines: string[] = []
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('\r\n', at)
    const end = next === -1 ? text.length : next
    const colon = text.indexOf(':', at)
    lines.push(text.slice(at, colon), valueOf(text, colon + 1, end))
    at = end + 2
  }
  return lines
}

/** Without the white space around it, which is not part of it (RFC 9110 section 5.5). */
function valueOf(text: string, from: number, to: number): string {
  let [start, end] = [from, to]
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

export function isFieldName(text: string): boolean {
  return NAME.test(text)
}

/** What may stand behind the colon of one line. */
export function isFieldValue(text: string): boolean {
  return VALUE.test(text)
}
