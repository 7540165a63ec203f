import { Respool } from '../../sdk/index.js';
import { NumberedValueCheck } from '../harness/numbered-value.js';

export interface VerifyParameters {
  server: string;
  topic: string;
  partitions: number;
  valueBytes: number;
}

export class VerifyRole implements AsyncDisposable {
  readonly #client: Respool;
  readonly #parameters: VerifyParameters;

  constructor(parameters: VerifyParameters) {
    this.#client = new Respool(parameters.server);
    this.#parameters = parameters;
  }

  /**
   * Reads all partitions and throws unless the records that producer `i` has had acknowledged, the first `acknowledged[i]`, are there, whole, once and in order at
   * offsets without gaps, and nothing else but what it had `sent` beyond them. Returns how many records there are.
   */
  async check(acknowledged: number[], sent: number[]): Promise<number> {
    const { topic, partitions, valueBytes } = this.#parameters;
    const values = new NumberedValueCheck(valueBytes, sent);
    let records = 0;
    for (let partition = 0; partition < partitions; partition++) {
      values.enterPartition();
      records += await this.#readPartition(topic, partition, values);
    }
    values.checkAll(acknowledged);
    return records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #readPartition(topic: string, partition: number, values: NumberedValueCheck): Promise<number> {
    let nextOffset = 0;
    for await (const batch of this.#client.fetch({ topic, partition })) {
      const cursor = batch.cursor();
      while (cursor.next()) {
        if (cursor.offset !== nextOffset) {
          throw new Error(`${topic}-${partition}: offset ${cursor.offset} comes where ${nextOffset} is due`);
        }
        nextOffset++;
        values.note(cursor.bytes, cursor.valueStart, cursor.valueEnd);
      }
    }
    return nextOffset;
  }
}
