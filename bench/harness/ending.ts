/** What to do when a signal ends the program: without it, Node would end without its exit handlers, and leave processes and data behind. */
export function exitOnSignals(): void {
  for (const [signal, number] of Object.entries(NUMBERS))
    process.once(signal, () => process.exit(128 + number));
}

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
