import { openStore } from '../../src/storage/open.ts'
import { batch, cell } from '../contract/batches.ts'

/** A process of its own that opens a store and writes to it until it is killed. Says `open`, then the number of each acknowledged batch. */
const [folder = '', from = '1'] = process.argv.slice(2)
const store = await openStore(`pglite:${folder}`)
process.stdout.write('open\n')
for (let seq = Number(from); ; seq += 1) {
  await store.evidence.append(batch('writer', seq, { cells: [cell('query:A#1', 1)] }))
  process.stdout.write(`${seq}\n`)
}
