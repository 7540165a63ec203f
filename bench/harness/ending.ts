/**
 * Ends the program as it should when a signal comes, as Node would leave its exit handlers out, and with them processes and data behind; and says so if it ends
 * because nothing is left to wait for, which Node does in silence.
 */
export function watchTheEnd(): void {
  process.once('exit', (code) => {
    if (code === UNSETTLED) console.error('ended before all was measured: nothing is left to wait for');
  });
  for (const [signal, number] of Object.entries(NUMBERS))
    process.once(signal, () => process.exit(128 + number));
}

/** Node's exit code if the program still awaits something then. */
const UNSETTLED = 13;

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
