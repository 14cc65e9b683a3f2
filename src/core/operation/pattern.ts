/**
 * Whether an operation key fits a pattern: `*` stands for any run of characters, all others for themselves. A pattern without `#` is about every
 * signature: `query:GetUser` fits `query:GetUser#9f2c…`. Linear in the length of both.
 */
export function matchesOperation(pattern: string, key: string): boolean {
  return wildcard(pattern.includes('#') ? pattern : `${pattern}#*`, key) || (pattern === '*' && key !== '')
}

/** Glob matching with one remembered star: no backtracking past it, so no pattern is slow. */
export function wildcard(pattern: string, text: string): boolean {
  let [p, t, star, resume] = [0, 0, -1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p
      resume = t
      p += 1
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1
      t += 1
    } else if (star !== -1) {
      p = star + 1
      resume += 1
      t = resume
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}

/** Whether some operation could fit both patterns, as far as one fits the other; two patterns with stars in different places are taken to be apart. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((pattern) => pattern.split('#')[0] ?? pattern)
  return wildcard(a ?? '', b ?? '') || wildcard(b ?? '', a ?? '')
}
