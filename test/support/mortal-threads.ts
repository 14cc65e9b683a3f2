/** Loaded before everything else into each process of a tree: its worker threads end, as by a crash, whenever it gets a SIGUSR2. */
process.on('worker', (worker) => process.on('SIGUSR2', () => void worker.terminate()))
