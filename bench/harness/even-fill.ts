import type { ProduceParameters, ProduceRole } from '../role/produce-role.js';
import { ClientProcess } from './client-process.js';
import { type TestBed, TOPIC } from './test-bed.js';

const VALUE_BYTES = 100;

/** Writes the same number of records into every partition, from a process of its own. */
export async function fillEvenly({ broker, settings }: TestBed, recordsPerPartition: number): Promise<void> {
  const parameters: ProduceParameters = {
    server: broker.server,
    topic: TOPIC,
    valueBytes: VALUE_BYTES,
    producer: 0,
    spreadOver: settings.partitions,
  };
  await using producer = new ClientProcess<ProduceRole>('produce', parameters);
  await producer.call('open');
  await producer.call('writeCount', settings.partitions * recordsPerPartition - 1);
}
