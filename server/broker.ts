/** A broker: the log, the groups that read it, the edge around them, and what watches over all. */
import { pino } from 'pino';
import type { BrokerEnvironment } from './broker-environment.js';
import { BrokerParts } from './broker-parts.js';
import type { BrokerConfig } from './config/broker-config.js';
import type { Address } from './config/option.js';
import { resolveConfig } from './config/resolve-config.js';

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
