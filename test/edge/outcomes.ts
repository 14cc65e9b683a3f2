import { endToEnd, type RawAnswers, type RawMessage } from '../support/raw-http.ts'

/** What a client got on one connection, or of one exchange. */
export interface Outcome {
  readonly answers: RawAnswers
  readonly closed: 'end' | 'error' | undefined
}

/** What the client can see of an answer. A length is kept, the framing of one hop is not. */
export function seen({ answers: { interim, answer, rest } }: Pick<Outcome, 'answers'>) {
  const read = (message: RawMessage) => ({
    ...message,
    start: message.start.replace(/^HTTP\/1\.\d /, ''),
    headers: endToEnd(message.headers),
  })
  return { interim: interim.map(read), answer: answer === undefined ? undefined : read(answer), rest }
}

/** What the origin can see of a request. Our client writes the host in lower case and first, and frames the body in its own way. */
export function asked({ start, headers, body, trailers, complete }: RawMessage, hostless = false) {
  const lines = endToEnd(headers)
  const hosts = lines.filter(([name]) => /^host$/i.test(name)).map(([, host]) => host)
  return {
    start: start.replace(/HTTP\/1\.\d$/, ''),
    host: hostless ? [] : hosts,
    lines: lines.filter(([name]) => !/^(host|content-length)$/i.test(name)),
    body,
    trailers,
    complete,
  }
}
