import { ServerResponse } from 'node:http'

/** An answer of Node's server. Node itself writes a head that leaves before the body as UTF-8, and so makes two bytes of one where a line has more than ASCII. */
export class NodeAnswer extends ServerResponse {
  override flushHeaders(): void {
    this.write('', 'latin1')
  }
}
