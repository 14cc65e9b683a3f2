let late: (() => void)[] = []

/**
 * Does something at the end of this turn of the event loop, in one go with all else that was put off to it. Sending is: whoever is woken by every single message, and sleeps again before the next,
 * costs the sender a wake-up between processors each time, which is up to a third of all its processor time (docs/performance.md).
 * @param act never throws
 */
export function atTurnEnd(act: () => void): void {
  if (late.push(act) === 1) setImmediate(endTurn)
}

function endTurn(): void {
  const acts = late
  late = []
  for (const act of acts) act()
}
