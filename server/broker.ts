/** A broker: the log, the edge around it, and what watches over both. The composition root; no rules live here. */
import { setMaxListeners } from 'node:events';
import { type Logger, pino } from 'pino';
import { type LogStore, openLogStore, StoreError, type StoreEvent } from '../segment-store/index.js';
import type { BrokerContext } from './broker-context.js';
import { type BrokerConfig, storeOptions } from './config/broker-config.js';
import { type Address, parseAddress } from './config/option.js';
import { resolveConfig } from './config/resolve-config.js';
import { GrpcEdge } from './grpc-edge.js';
import { Appender } from './log/appender.js';
import { BrokerHealth } from './observe/broker-health.js';
import { HttpEndpoint } from './observe/http-endpoint.js';
import { BrokerMetrics } from './observe/metrics.js';
import { Scrape } from './observe/scrape.js';
import { logStoreEvent } from './observe/store-log.js';
import { ByteBudget } from './rpc/byte-budget.js';
import { faultReporter, type OnFatal } from './rpc/fault-reporter.js';
import { FetchBuffers } from './rpc/fetch-buffers.js';
import { ReceiveBudget } from './rpc/receive-budget.js';

type StoreEnvironment = NonNullable<Parameters<typeof openLogStore>[1]>;

/** What a broker is given beside its configuration. */
export interface BrokerEnvironment {
  /** Where log lines go. Default: standard output, from `logLevel` on. */
  log?: Logger;
  /**
   * Called when an assertion of the broker's own code failed. What it has in memory can no longer be trusted: end the process and start again.
   * Default: thrown where nobody catches it.
   */
  onFatal?: OnFatal;
  /** The store's file system and clock; for tests of what happens when they fail. */
  store?: Pick<StoreEnvironment, 'fs' | 'clock'>;
}

/**
 * A running broker, in this process.
 *
 * Invariant: while it is open it holds the lock of its data directory; when {@link close} has resolved, all that it acknowledged is on disk,
 * the directory is free, and no handle of it keeps the process alive.
 */
export class Broker implements AsyncDisposable {
  #closing: Promise<void> | undefined;

  private constructor(
    /** The configuration in force, frozen. */
    readonly config: Readonly<BrokerConfig>,
    /** Where gRPC is served; the port is the real one. */
    readonly address: Address,
    /** Where HTTP is served; undefined if it is off. */
    readonly httpAddress: Address | undefined,
    private readonly parts: BrokerParts,
  ) {}

  /**
   * Opens the data directory and serves it; what is not given has its default (`describeOptions`). Resolves when calls are answered.
   *
   * Rejects, with nothing left open, with a `ConfigError` for an option; a `StoreError` for the data directory (DATA_DIRECTORY_LOCKED,
   * UNSUPPORTED_FORMAT); Node's error if an address cannot be listened on.
   */
  static async start(
    options: Partial<BrokerConfig> = {},
    environment: BrokerEnvironment = {},
  ): Promise<Broker> {
    const config = resolveConfig({ options });
    const log = environment.log ?? pino({ name: 'respool', level: config.logLevel });
    const parts = new BrokerParts(config, log, environment);
    try {
      const { address, httpAddress } = await parts.open();
      log.info({ address, httpAddress, dataDir: config.dataDir, durability: config.durability }, 'serving');
      return new Broker(config, address, httpAddress, parts);
    } catch (error) {
      await parts.close();
      throw error;
    }
  }

  /**
   * Takes no more calls, lets those under way end for up to `drainTimeoutMs`, syncs and frees the data directory. Idempotent: a second call waits
   * for the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.parts.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The parts in the order in which they open, which is the opposite of that in which they close. */
class BrokerParts {
  readonly #draining = new AbortController();
  readonly #metrics = new BrokerMetrics();
  readonly #inFlight: ByteBudget;
  readonly #receive: ReceiveBudget;
  readonly #fetchBuffers: FetchBuffers;
  readonly #health: BrokerHealth;
  readonly #scrape: Scrape;
  readonly #http: HttpEndpoint;
  #store: LogStore | undefined;
  #appender: Appender | undefined;
  #edge: GrpcEdge | undefined;

  constructor(
    private readonly config: Readonly<BrokerConfig>,
    private readonly log: Logger,
    private readonly environment: BrokerEnvironment,
  ) {
    // One listener for each open stream is no leak.
    setMaxListeners(0, this.#draining.signal);
    this.#inFlight = new ByteBudget(config.maxTotalInFlightBytes);
    this.#receive = new ReceiveBudget(config.maxReceiveBytes);
    this.#fetchBuffers = new FetchBuffers({
      limitBytes: config.fetchBufferBytes,
      onEvicted: () => this.#metrics.fetchesEvicted.inc(),
      nowMs: () => performance.now(),
    });
    this.#health = new BrokerHealth(() => this.#appender?.longestWaitMs(performance.now()));
    this.#scrape = new Scrape({
      metrics: this.#metrics,
      store: () => this.#store,
      isReady: () => this.#health.problems().length === 0,
      receivingBytes: () => this.#receive.heldBytes,
      inFlightBytes: () => this.#inFlight.heldBytes,
      fetchBufferedBytes: () => this.#fetchBuffers.heldBytes,
    });
    this.#http = new HttpEndpoint({
      health: this.#health,
      scrape: this.#scrape,
      onAcceptError: (err) => log.error({ err }, 'a connection could not be accepted'),
    });
  }

  async open(): Promise<{ address: Address; httpAddress: Address | undefined }> {
    const { httpAddress } = await this.#openStoreAndHttp();
    const store = this.#store!;
    const context = this.#context(store);
    this.#appender = new Appender(context);
    this.#edge = new GrpcEdge({
      context,
      appender: this.#appender,
      inFlight: this.#inFlight,
      receive: this.#receive,
    });
    const address = await this.#edge.listen();
    this.#health.enter('serving');
    return { address, httpAddress };
  }

  /**
   * Both at once: HTTP tells that the store is being opened. If neither can be had, the store's reason counts: a second broker on the same
   * machine should hear who holds the directory, not that a port is taken.
   */
  async #openStoreAndHttp(): Promise<{ httpAddress: Address | undefined }> {
    const http = parseAddress(this.config.http);
    const opening = openLogStore(storeOptions(this.config), {
      ...this.environment.store,
      onEvent: (event) => this.#onStoreEvent(event),
    });
    const listening = (http ? this.#http.listen(http) : Promise.resolve(undefined)).then((httpAddress) => {
      this.log.info({ httpAddress, dataDir: this.config.dataDir }, 'opening');
      return httpAddress;
    });
    const [store, listened] = await Promise.allSettled([opening, listening]);
    if (store.status === 'rejected') throw store.reason;
    this.#store = store.value;
    if (listened.status === 'rejected') throw listened.reason;
    return { httpAddress: listened.value };
  }

  async close(): Promise<void> {
    this.log.info('ending');
    this.#health.enter('draining');
    this.#edge?.announceEnd();
    this.#draining.abort(new StoreError('SHUTTING_DOWN', 'the broker is ending', {}));
    await this.#edge?.close();
    await this.#store?.close();
    await this.#http.close();
    this.#scrape.close();
    this.log.info('ended');
  }

  #context(store: LogStore): BrokerContext {
    const { config, log } = this;
    return {
      config,
      store,
      log,
      metrics: this.#metrics,
      faults: faultReporter(log, this.environment.onFatal ?? throwUncaught),
      fetchBuffers: this.#fetchBuffers,
      draining: this.#draining.signal,
    };
  }

  #onStoreEvent(event: StoreEvent): void {
    this.#metrics.onStoreEvent(event);
    this.#health.onStoreEvent(event);
    logStoreEvent(this.log, event);
  }
}

function throwUncaught(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
