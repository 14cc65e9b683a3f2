/** Loaded before everything else into each process of a tree: their clock runs so many times as fast, from a start that all of them share. Timers do not. */
const [speed = 1, start = 0] = (process.env['BANYAN_TEST_CLOCK'] ?? '').split(' ').map(Number)
const real = Date.now

const monotonic = process.hrtime.bigint.bind(process.hrtime)
process.hrtime.bigint = () => BigInt(Math.floor(Number(monotonic()) * speed))

Date.now = () => Math.floor(start + (real() - start) * speed)
