/** Frames of HTTP/2 (RFC 9113 section 6), for those who send what no library would. */
const TYPES = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  promise: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const END_STREAM = 1
export const END_HEADERS = 4
export const ACK = 1

export type HeaderLine = readonly [name: string, value: string]

export function frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = TYPES[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A number of 32 bits, as several frames hold one. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Header lines, literally and without an index (RFC 7541 section 6.2.2): no library looks at what is in them. */
export function block(lines: readonly HeaderLine[]): Buffer {
  return Buffer.concat(lines.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

/** A text with its length before it (RFC 7541 section 5). */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  const length = [Math.min(bytes.length, 127)]
  if (bytes.length >= 127) {
    let rest = bytes.length - 127
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
    length.push(rest)
  }
  return Buffer.concat([Buffer.from(length), bytes])
}

/** The frames in what came, as far as they are whole: type, flags, stream and payload. */
export function framesIn(
  bytes: Buffer,
): { readonly type: number; readonly flags: number; readonly stream: number; readonly end: number }[] {
  const frames = []
  for (let at = 0; at + 9 <= bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3)
    if (end > bytes.length) break
    frames.push({ type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, stream: bytes.readUInt32BE(at + 5), end })
    at = end
  }
  return frames
}

export const isType = (one: { readonly type: number }, type: keyof typeof TYPES): boolean => one.type === TYPES[type]
