/** Which lanes each edge has open, as the supervisor knows it: at most all lanes that there are, for each edge. */
export class OpenLanes<Edge extends object> {
  readonly #open = new Map<Edge, Set<number>>()

  open(edge: Edge, lane: number): void {
    const lanes = this.#open.get(edge)
    if (lanes === undefined) this.#open.set(edge, new Set([lane]))
    else lanes.add(lane)
  }

  close(edge: Edge, lanes: readonly number[]): void {
    for (const lane of lanes) this.#open.get(edge)?.delete(lane)
  }

  isOpenBeside(edge: Edge, lane: number): boolean {
    return [...this.#open].some(([other, lanes]) => other !== edge && lanes.has(lane))
  }

  /** The lanes of an edge whose process is gone: nobody knows what became of their writes. */
  take(edge: Edge): readonly number[] {
    const lanes = [...(this.#open.get(edge) ?? [])]
    this.#open.delete(edge)
    return lanes
  }
}
