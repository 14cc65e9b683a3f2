import { STATUS_CODES } from 'node:http'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Refusal } from '../core/exchange/refusal.ts'

/** Gives a refusal in place of an answer, and breaks off one that has begun. */
export function answerRefusal(response: ClientResponse, { status, message }: Refusal): void {
  if (response.headersSent || response.destroyed) {
    response.socket?.destroy()
    return
  }
  const body = `${message}\n`
  const lines = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(Buffer.byteLength(body)), 'connection', 'close']
  response.writeHead(status, STATUS_CODES[status] ?? '', lines)
  response.end(body)
}

/** A refusal as it is written where there is no request to answer. */
export function plainRefusal({ status, message, retryAfter }: Refusal): string {
  const body = `${message}\n`
  const lines = ['Content-Type: text/plain; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close']
  if (retryAfter !== undefined) lines.push(`Retry-After: ${retryAfter}`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
