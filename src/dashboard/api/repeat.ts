export interface Repeating {
  /** Wants the work done once more, after whatever is under way. */
  readonly again: () => void
  readonly stop: () => void
}

/** Does work whenever it is wanted, one run at a time: however often it is asked for, a slow run ends before the next begins. `work` never rejects. */
export function repeating(work: () => Promise<void>): Repeating {
  let wanted = false
  let running = false
  let stopped = false
  const run = async (): Promise<void> => {
    running = true
    while (wanted && !stopped) {
      wanted = false
      await work()
    }
    running = false
  }
  return {
    again: () => {
      wanted = true
      if (!running) void run()
    },
    stop: () => {
      stopped = true
    },
  }
}
