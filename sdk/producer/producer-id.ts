import { logService } from '../../proto/index.js';
import type { Connection } from '../connection/index.js';
import type { Lane } from './lane.js';
import type { ProducerIdentity } from './queued-batch.js';

/** The producer id that the lanes of a producer share, asked for when the first of them needs it, and again when one must not use it any more. */
export class ProducerId {
  readonly #connection: Connection;
  #identity: ProducerIdentity | undefined;
  #asking: Promise<ProducerIdentity> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Gives the lane an id that it has not had. Undefined if that is done; else the promise that another one can be given then. */
  give(lane: Lane, timeoutMs: number): Promise<unknown> | undefined {
    const identity = this.#identity;
    if (identity === undefined || identity.producerId === lane.producerId) return this.#ask(timeoutMs);
    lane.producerId = identity.producerId;
    lane.queue.adopt(identity);
    return undefined;
  }

  #ask(timeoutMs: number): Promise<ProducerIdentity> {
    this.#asking ??= this.#request(timeoutMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #request(timeoutMs: number): Promise<ProducerIdentity> {
    const { InitProducer } = logService;
    const { producerId, producerEpoch } = await this.#connection.unary(
      'InitProducer',
      InitProducer,
      {},
      { timeoutMs },
    );
    this.#identity = { producerId, producerEpoch };
    return this.#identity;
  }
}
