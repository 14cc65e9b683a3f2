import { BanyanError } from '../../src/errors.ts'
import { lockFolder } from '../../src/storage/lock.ts'

/** A process of its own that takes a lock at a given moment, says how that went, and keeps what it got until it is killed. */
const [folder = '', at = '0'] = process.argv.slice(2)
while (Date.now() < Number(at)); // all at the same moment, as near as can be
try {
  await lockFolder(folder, () => {})
  process.stdout.write('taken\n')
} catch (error) {
  process.stdout.write(error instanceof BanyanError ? error.code : String(error))
}
setInterval(() => {}, 1_000_000)
