/** A length of time as people say it: the two greatest units. */
export function duration(ms: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ]
  let rest = Math.max(0, Math.ceil(ms / 1_000) * 1_000)
  const parts = units.flatMap(([size, name]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? [] : [`${count} ${name}`]
  })
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ')
}
