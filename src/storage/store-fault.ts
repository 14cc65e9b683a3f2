/**
 * The database could not do what it was asked, now or at all. Its message has the cause and no data: drizzle's own messages carry the statement with all
 * its values, which belong into no log.
 */
export class StoreFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreFault'
  }
}

/** What is at the bottom of an error: the words of the database or of the network. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}

/** The same methods, which reject with `StoreFault` alone. */
export function faultsOf<T extends object>(methods: T): T {
  const wrapped = Object.entries(methods).map(([name, method]: [string, (...args: readonly unknown[]) => Promise<unknown>]) => [
    name,
    (...args: readonly unknown[]) =>
      method(...args).catch((error: unknown) => {
        throw new StoreFault(reasonOf(error))
      }),
  ])
  // The cast holds: names, arguments and results are the same.
  return Object.fromEntries(wrapped) as T
}
