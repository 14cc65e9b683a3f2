/** Microseconds; what is too little to be seen is none. */
export function micros(value: number): string {
  return value < 0.05 ? '–' : value.toFixed(1)
}

/** Requests a second that one core carries, if it does nothing else, at so many microseconds for each. */
export function carried(cpu: number): string {
  return cpu === 0 ? '–' : count(1e6 / cpu)
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

export function tableFrom(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
