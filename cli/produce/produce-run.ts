import type { Producer } from '../../sdk/index.js';
import { brokerFailure } from '../broker-failure.js';
import { EXIT } from '../exit-code.js';
import { CommandError } from '../failure.js';
import type { LineToRecord } from './line-record.js';
import { type Line, LineSplitter } from './line-splitter.js';

/** What is handed over between two looks at what became of it. */
const FLUSH_BYTES = 64 * 1024 ** 2;
const FLUSH_INTERVAL_MS = 1000;

export interface ProduceTarget {
  topic: string;
  partition: number | undefined;
  /** A longer line is refused while it is read. */
  maxLineBytes: number;
}

/**
 * Sends the lines of an input, in order. What was handed over is flushed now and then, so that a failure ends the run soon and
 * the lines that are stored for sure are known.
 */
export class ProduceRun {
  /** Lines that are stored for sure: all up to this number. */
  storedLines = 0;
  /** What was handed over so far; lines without what ended them. */
  lines = 0;
  bytes = 0;
  #unflushedBytes = 0;
  #flushedAtMs = performance.now();

  constructor(
    private readonly producer: Producer,
    private readonly target: ProduceTarget,
    private readonly toRecord: LineToRecord,
  ) {}

  /** Resolves when all is stored, or the signal says to end early and what was read before is. Throws a {@link CommandError} that names the line. */
  async send(input: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
    const splitter = new LineSplitter(this.target.maxLineBytes);
    try {
      for await (const chunk of input) {
        for (const line of splitter.push(chunk)) {
          const pause = this.#sendLine(line);
          if (pause !== undefined) await pause;
        }
        if (this.#flushIsDue()) await this.#flush();
      }
      if (!signal.aborted) for (const line of splitter.end()) await this.#sendLine(line);
    } catch (error) {
      if (!signal.aborted || !isAbort(error)) {
        await this.#flushQuietly();
        throw error;
      }
    }
    await this.#flush();
  }

  #sendLine(line: Line): Promise<void> | undefined {
    const record = { topic: this.target.topic, partition: this.target.partition, ...this.#record(line) };
    this.lines = line.number;
    this.bytes += line.bytes.length;
    this.#unflushedBytes += line.bytes.length;
    // The first one waits for its answer: from then on the topic is known, and a record that does not fit is refused at once, by its line.
    if (line.number === 1) return this.#sendFirst(record);
    try {
      return this.producer.write(record) ? undefined : this.producer.ready();
    } catch (error) {
      throw atLine(line.number, error);
    }
  }

  async #sendFirst(record: Parameters<Producer['send']>[0]): Promise<void> {
    try {
      await this.producer.send(record);
    } catch (error) {
      throw atLine(1, error);
    }
  }

  #record(line: Line) {
    try {
      return this.toRecord(line);
    } catch (error) {
      throw new CommandError('INVALID_LINE', `line ${line.number}: ${(error as Error).message}`, EXIT.usage, {
        line: line.number,
      });
    }
  }

  #flushIsDue(): boolean {
    return this.#unflushedBytes >= FLUSH_BYTES || performance.now() - this.#flushedAtMs >= FLUSH_INTERVAL_MS;
  }

  async #flush(): Promise<void> {
    try {
      await this.producer.flush();
    } catch (error) {
      throw this.#lost(error);
    }
    this.storedLines = this.lines;
    this.#unflushedBytes = 0;
    this.#flushedAtMs = performance.now();
  }

  /** Before another error is told: what could be stored is. */
  async #flushQuietly(): Promise<void> {
    if (
      await this.producer.flush().then(
        () => true,
        () => false,
      )
    )
      this.storedLines = this.lines;
  }

  #lost(error: unknown): unknown {
    const where =
      this.storedLines === 0 ? 'no line is stored for sure' : `lines 1 to ${this.storedLines} are stored`;
    const say = (message: string) => `${message}; ${where}, of ${this.lines} read`;
    return brokerFailure(error, say, { storedLines: this.storedLines });
  }
}

function atLine(line: number, error: unknown): unknown {
  return brokerFailure(error, (message) => `line ${line}: ${message}`, { line });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
