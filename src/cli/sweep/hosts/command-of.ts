import type { SweepRecord } from '../record.ts'

/** The command of a sweep, as far as its folder tells: it publishes what is missing on the server. */
export const commandOf = ({ programs, server }: SweepRecord, out: string): string =>
  [
    ...['hebb', 'sweep', ...programs.map(({ path }) => path), '…', '--out', out],
    ...(server ? ['--on', server.url] : []),
  ].join(' ')
