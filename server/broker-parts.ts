/** The composition root: what a broker consists of. No rules live here. */
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { type GroupEvent, type Groups, openGroups } from '../consumer-groups/index.js';
import {
  type LogStore,
  openLogStore,
  StoreError,
  type StoreEvent,
  systemClock,
} from '../segment-store/index.js';
import type { BrokerContext } from './broker-context.js';
import type { BrokerEnvironment } from './broker-environment.js';
import { type BrokerConfig, groupOptions, storeOptions } from './config/broker-config.js';
import { type Address, parseAddress } from './config/option.js';
import { CommitMeter } from './groups/commit-meter.js';
import { GrpcEdge } from './grpc-edge.js';
import { Appender } from './log/appender.js';
import { BrokerHealth } from './observe/broker-health.js';
import { logGroupEvent } from './observe/group-log.js';
import { HttpEndpoint } from './observe/http-endpoint.js';
import { BrokerMetrics } from './observe/metrics.js';
import { Scrape } from './observe/scrape.js';
import { logStoreEvent } from './observe/store-log.js';
import { ByteBudget } from './rpc/byte-budget.js';
import { faultReporter } from './rpc/fault-reporter.js';
import { FetchBuffers } from './rpc/fetch-buffers.js';
import { ReceiveBudget } from './rpc/receive-budget.js';

/** The parts in the order in which they open, which is the opposite of that in which they close. */
export class BrokerParts {
  readonly #draining = new AbortController();
  readonly #metrics = new BrokerMetrics();
  readonly #inFlight: ByteBudget;
  readonly #receive: ReceiveBudget;
  readonly #fetchBuffers: FetchBuffers;
  readonly #commitMeter: CommitMeter;
  readonly #health: BrokerHealth;
  readonly #scrape: Scrape;
  readonly #http: HttpEndpoint;
  #store: LogStore | undefined;
  #groups: Groups | undefined;
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
    this.#commitMeter = new CommitMeter(this.#metrics.groups);
    this.#health = new BrokerHealth(() => this.#longestWaitMs());
    this.#scrape = new Scrape({
      metrics: this.#metrics,
      store: () => this.#store,
      groups: () => this.#groups,
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
    const { httpAddress } = await this.#openDataAndHttp();
    const context = this.#context(this.#store!, this.#groups!);
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
   * Both at once: HTTP tells that the data directory is being opened. If neither can be had, its reason counts: a second broker on the same
   * machine should hear who holds the directory, not that a port is taken.
   */
  async #openDataAndHttp(): Promise<{ httpAddress: Address | undefined }> {
    const http = parseAddress(this.config.http);
    const opening = this.#openStoreAndGroups();
    const listening = (http ? this.#http.listen(http) : Promise.resolve(undefined)).then((httpAddress) => {
      this.log.info({ httpAddress, dataDir: this.config.dataDir }, 'opening');
      return httpAddress;
    });
    const [opened, listened] = await Promise.allSettled([opening, listening]);
    if (opened.status === 'rejected') throw opened.reason;
    if (listened.status === 'rejected') throw listened.reason;
    return { httpAddress: listened.value };
  }

  async #openStoreAndGroups(): Promise<void> {
    let letCleanupBegin = () => {};
    this.#store = await openLogStore(storeOptions(this.config), {
      ...this.environment.store,
      onEvent: (event) => this.#onStoreEvent(event),
      // Groups hold back retention where snapshots pin it: nothing is deleted before they have.
      beforeCleanup: new Promise((resolve) => {
        letCleanupBegin = resolve;
      }),
    });
    this.#groups = await openGroups({
      store: this.#store,
      options: groupOptions(this.config),
      clock: this.environment.store?.clock ?? systemClock,
      emit: (event) => this.#onGroupEvent(event),
      onFatal: (err) => {
        this.log.fatal({ err }, 'groups cannot go on');
        this.#failed(err);
      },
    });
    letCleanupBegin();
  }

  async close(): Promise<void> {
    this.log.info('ending');
    this.#health.enter('draining');
    this.#edge?.announceEnd();
    this.#draining.abort(new StoreError('SHUTTING_DOWN', 'the broker is ending', {}));
    await this.#edge?.close();
    await this.#groups?.close();
    await this.#store?.close();
    await this.#http.close();
    this.#scrape.close();
    this.log.info('ended');
  }

  #context(store: LogStore, groups: Groups): BrokerContext {
    const { config, log } = this;
    return {
      config,
      store,
      groups,
      log,
      metrics: this.#metrics,
      faults: faultReporter(log, (error) => this.#failed(error)),
      fetchBuffers: this.#fetchBuffers,
      commitMeter: this.#commitMeter,
      draining: this.#draining.signal,
    };
  }

  /** What is in memory can no longer be trusted: whoever runs the broker must end it. */
  #failed(error: Error): void {
    this.#health.failed(error);
    (this.environment.onFatal ?? throwUncaught)(error);
  }

  #longestWaitMs(): number | undefined {
    const nowMs = performance.now();
    const waits = [this.#appender?.longestWaitMs(nowMs), this.#commitMeter.longestWaitMs(nowMs)];
    return Math.max(...waits.map((ms) => ms ?? 0));
  }

  #onGroupEvent(event: GroupEvent): void {
    this.#metrics.groups.onEvent(event);
    logGroupEvent(this.log, event);
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
