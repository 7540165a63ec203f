/**
 * How much may wait for readers, of all streams of Fetch and Consume together.
 *
 * A reader that does not read holds what was sent to it. As long as there is room that costs nobody anything. When there is none, the stream
 * whose reader has not read for longest gives way, so that those who do read go on.
 */
import { StoreError } from '../../segment-store/index.js';
import { ByteBudget } from './byte-budget.js';

/** A reader gets this long before it may have to give way. Also how often it is looked whether one must. */
const MIN_STALL_MS = 1000;

export interface FetchBuffersOptions {
  limitBytes: number;
  onEvicted(): void;
  nowMs(): number;
}

export class FetchBuffers {
  readonly #budget: ByteBudget;
  /** Those that wait for their readers, the one that has waited longest first. */
  readonly #stalled = new Set<FetchBuffer>();

  constructor(private readonly options: FetchBuffersOptions) {
    this.#budget = new ByteBudget(options.limitBytes);
  }

  get heldBytes(): number {
    return this.#budget.heldBytes;
  }

  /** A stream's part. `evict` ends the stream at once, without waiting for its reader. */
  open(evict: (error: StoreError) => void): FetchBuffer {
    const { nowMs } = this.options;
    return new FetchBuffer(this.#budget, this.#stalled, { nowMs, evict, makeRoom: () => this.#evictOne() });
  }

  #evictOne(): void {
    for (const buffer of this.#stalled) {
      if (this.options.nowMs() - buffer.stalledSinceMs < MIN_STALL_MS) return;
      this.#stalled.delete(buffer);
      this.options.onEvicted();
      buffer.evict(
        new StoreError('TOO_MANY', 'too much waits for readers, and this one has not read for longest', {
          what: 'bytes that wait for readers',
          limit: this.#budget.limitBytes,
        }),
      );
      return;
    }
  }
}

interface FetchBufferOptions {
  nowMs(): number;
  evict(error: StoreError): void;
  makeRoom(): void;
}

/** What one stream has sent that its reader has not taken, and what it is about to send. */
export class FetchBuffer {
  #heldBytes = 0;
  #reservedBytes = 0;
  #stalledSinceMs = 0;

  constructor(
    private readonly budget: ByteBudget,
    private readonly stalled: Set<FetchBuffer>,
    private readonly options: FetchBufferOptions,
  ) {}

  /** When the reader last took something, while there is something to take. */
  get stalledSinceMs(): number {
    return this.#stalledSinceMs;
  }

  evict(error: StoreError): void {
    this.options.evict(error);
  }

  /**
   * Resolves when there is room for `bytes` more, which are then this stream's until {@link release}; makes room if need be. Rejects with the
   * signal's reason.
   */
  async reserve(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!(await this.#tryReserve(bytes, signal))) {
      signal.throwIfAborted();
      this.options.makeRoom();
    }
    signal.throwIfAborted();
  }

  /** What is still reserved is not needed. */
  release(): void {
    const reserved = this.#reservedBytes;
    this.#reservedBytes = 0;
    this.budget.give(reserved);
  }

  /** Something was sent; what was reserved is used up for it. */
  add(bytes: number): void {
    const reserved = Math.min(bytes, this.#reservedBytes);
    this.#reservedBytes -= reserved;
    if (this.#heldBytes === 0) this.#waitFromNow();
    this.#heldBytes += bytes;
    this.budget.take(bytes - reserved);
  }

  /** The reader took something. */
  taken(bytes: number): void {
    this.#heldBytes -= bytes;
    this.budget.give(bytes);
    this.stalled.delete(this);
    if (this.#heldBytes > 0) this.#waitFromNow();
  }

  /** The stream is over, and what it held is gone. */
  close(): void {
    this.stalled.delete(this);
    const held = this.#heldBytes;
    this.#heldBytes = 0;
    this.budget.give(held);
    this.release();
  }

  #waitFromNow(): void {
    this.#stalledSinceMs = this.options.nowMs();
    this.stalled.add(this);
  }

  /** True when there was room; false when it is time to look who must give way, or the signal was aborted. */
  #tryReserve(bytes: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      let cancelWish = () => {};
      const settle = (isReserved: boolean) => {
        clearTimeout(timer);
        cancelWish();
        signal.removeEventListener('abort', giveUp);
        resolve(isReserved);
      };
      const giveUp = () => settle(false);
      const timer = setTimeout(giveUp, MIN_STALL_MS);
      signal.addEventListener('abort', giveUp, { once: true });
      cancelWish = this.budget.whenOpen(() => {
        this.#reservedBytes += bytes;
        this.budget.take(bytes);
        settle(true);
      });
    });
  }
}
