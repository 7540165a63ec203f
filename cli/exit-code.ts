/** What the process ends with. Documented in docs/cli.md; numbers never change their meaning. */
export const EXIT = Object.freeze({
  /** It was done. */
  ok: 0,
  /** It failed in another way than those below; `inspect`, `verify` and `consume`: stored bytes are damaged. */
  failed: 1,
  /** A flag, an argument or a setting is wrong; nothing was done. */
  usage: 2,
  /** The broker understood and refused. */
  refused: 3,
  /** A topic, a partition, a group, a snapshot, a file or a directory does not exist. */
  notFound: 4,
  /** The broker cannot be reached, is busy or is ending; try again. */
  unavailable: 5,
  /** Another process holds the data directory. */
  locked: 6,
  /** A file on this machine could not be read or written, or an address could not be opened. */
  io: 7,
});

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** As the shell counts: 128 and the signal's number. */
export const SIGNAL_EXIT = Object.freeze({ SIGINT: 130, SIGTERM: 143 });
