/** What is measured in one run. */
export interface Part {
  readonly contenders: readonly string[]
  /** Of the answers, in KB. */
  readonly sizes: string
  readonly connections: string
  /** Without so many cores nothing is measured. */
  readonly cores: number
}

/** By the name of the section in docs/performance.md that its tables go to. */
export const PARTS: Readonly<Record<string, Part>> = {
  routers: {
    contenders: [
      'direct',
      'nginx proxy_pass',
      'nginx + mirror',
      'HAProxy',
      'node:http + undici',
      'bare sockets',
      'Hive Gateway',
      'Banyan, forward only',
      'Banyan, equal',
      'Banyan, 10 % differ',
    ],
    sizes: '2,20',
    connections: '1,16,64',
    cores: 2,
  },
  faults: {
    contenders: [
      'nginx + mirror, hung',
      'Banyan, forward only',
      'Banyan, shadow hung',
      'Banyan, shadow dead',
      'Banyan, shadow saturated',
      'Banyan, database down',
      'Banyan, telemetry hung',
    ],
    sizes: '2',
    connections: '16',
    cores: 2,
  },
  edges: { contenders: ['Banyan, forward only', 'Banyan, two edges'], sizes: '2', connections: '64', cores: 4 },
}
