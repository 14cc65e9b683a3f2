/** Where time is spent that no function of JavaScript asked for. */
const LOOP = "Node's event loop"

/** By what is anywhere on the stack, first come first served: calls of the kernel, and V8 where it works for nobody in particular. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:ksys|__x64_sys|do)_(?:write|writev|sendmsg|sendto)\b/, 'the kernel: writing to sockets'],
  [/\b(?:ksys|__x64_sys|do)_(?:read|readv|recvmsg|recvfrom)\b/, 'the kernel: reading from sockets'],
  [/_epoll_/, 'the kernel: waiting for sockets'],
  [/\[kernel\.kallsyms\]/, 'the kernel: everything else'],
  [/v8::internal::(?:Scaveng|Heap::|MarkCompact|MinorMarkSweep|GCTracer|Sweeper|IncrementalMarking)/, 'collecting garbage'],
]

/**
 * Where a sample fell: the kernel, the garbage collector, or the room whose function was running or had called what was.
 * @param stack lines of `perf script`, the innermost function first
 */
export function placeOf(stack: string): string {
  const marked = MARKS.find(([pattern]) => pattern.test(stack))
  if (marked !== undefined) return marked[1]
  const file = /\bJS:\S* ?.*?((?:file:\/\/|node:)\S+?):\d+:\d+/.exec(stack)?.[1]
  if (file === undefined) return LOOP
  if (file.startsWith('node:')) return "Node's JavaScript"
  const room = /\/src\/([^/]+)\//.exec(file)?.[1]
  return room === undefined ? 'libraries' : `\`${room}\``
}
