import { isatty } from 'node:tty';
import { Output } from './output.js';
import { type Column, printable, renderTable } from './table.js';

const STDOUT = 1;
const STDERR = 2;
const PAGE_COLUMNS = 100;
const SCREEN_ROWS = 24;

/** What a command talks to: standard output for results, standard error for everything about them. */
export class Terminal {
  readonly out = new Output(STDOUT);
  /** True if a person is likely to read standard error as it comes. */
  readonly errIsTerminal = isatty(STDERR);

  constructor(readonly env: Readonly<Record<string, string | undefined>>) {}

  /** As https://no-color.org asks for. */
  get colors(): boolean {
    return this.out.isTerminal && !this.env['NO_COLOR'] && this.env['TERM'] !== 'dumb';
  }

  /** Columns of a terminal; in a pipe, and on a terminal that does not know, as many as a printed page has. */
  get width(): number {
    return (this.out.isTerminal && process.stdout.columns) || PAGE_COLUMNS;
  }

  /** Lines of a terminal; a usual number where it does not know. */
  get height(): number {
    return process.stdout.rows || SCREEN_ROWS;
  }

  /** A result for people. */
  async print(text: string): Promise<void> {
    await this.out.write(`${text}\n`);
  }

  /** A result for programs: one line of JSON. */
  async printJson(value: unknown): Promise<void> {
    await this.out.write(`${toJson(value)}\n`);
  }

  async printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> {
    await this.out.write(this.table(columns, rows));
  }

  /** The same as text, ending with a line break. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
    const { isTerminal: terminal } = this.out;
    return renderTable(columns, rows, { terminal, colors: this.colors, width: this.width });
  }

  /** A line about what happens. Standard error is small and rare, so that waiting for it costs nothing. */
  note(text: string): void {
    process.stderr.write(`${printable(text)}\n`);
  }

  noteJson(value: unknown): void {
    process.stderr.write(`${toJson(value)}\n`);
  }
}

/** Bytes become base64; what is undefined is left out. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, given: unknown) => {
    // Buffers come here as what their own toJSON made of them.
    const { type, data } = (given ?? {}) as { type?: unknown; data?: unknown };
    return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data).toString('base64') : given;
  });
}
