/** The environment of a tree whose clock runs so many times as fast: days pass in minutes. All that get the same one share their clock. */
export function fastClock(speed: number): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import=${new URL('./fast-clock.ts', import.meta.url).href}`, BANYAN_TEST_CLOCK: `${speed} ${Date.now()}` }
}
