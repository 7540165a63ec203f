import {
  type ClientDuplexStream,
  credentials,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeConsumeResponse,
  decodeFetchResponse,
  decodeProduceRequest,
  encodeConsumeResponse,
  encodeFetchResponse,
  encodeProduceRequest,
  gatheredBytes,
  logService,
  respool,
} from '../../proto/index.js';

const { ConsumeResponse, ProduceRequest, FetchResponse } = respool.v1;

const uint53 = fc.maxSafeNat();
const int53 = fc.maxSafeInteger();
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

const produceBatch = fc.record({
  correlationId: uint53,
  topic: fc.string({ unit: 'grapheme', maxLength: 40 }),
  partition: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  batch: bytes,
  expectedOffset: fc.option(int53, { nil: null }),
});

const fetchedRecord = fc.record({
  offset: uint53,
  timestampMs: int53,
  key: fc.option(bytes, { nil: null }),
  value: fc.option(bytes, { nil: null }),
});

const fetchResponse = fc.record({
  nextOffset: int53,
  highWatermark: uint53,
  logStartOffset: uint53,
  batches: bytes,
  records: fc.array(fetchedRecord, { maxLength: 3 }),
});

const topic = fc.string({ unit: 'grapheme', maxLength: 40 });
const partition = fc.nat({ max: 2 ** 31 - 1 });

const assignment = fc.record({
  generation: uint53,
  assigned: fc.array(
    fc.record({ topic, partition, generation: uint53, startOffset: uint53, committedOffset: uint53 }),
    { maxLength: 3 },
  ),
  revoked: fc.array(fc.record({ topic, partition }), { maxLength: 3 }),
});

const commitAnswer = fc.record({
  correlationId: uint53,
  refused: fc.array(
    fc.record({ topic, partition, error: fc.record({ code: fc.constant(26), message: topic }) }),
    {
      maxLength: 2,
    },
  ),
});

const partitionBatches = fc.record({
  topic,
  partition,
  generation: uint53,
  seekNumber: fc.nat({ max: 2 ** 32 - 1 }),
  batches: bytes,
  nextOffset: uint53,
  highWatermark: uint53,
  logStartOffset: uint53,
});

const consumeResponse = fc.record(
  {
    joined: fc.record({ memberId: topic, sessionTimeoutMs: partition }),
    assignment,
    commits: fc.array(commitAnswer, { maxLength: 3 }),
    batches: partitionBatches,
    skipped: fc.record({ topic, partition, startOffset: uint53, endOffset: uint53, reason: fc.constant(1) }),
  },
  { requiredKeys: [] },
);

describe('the gather codec', () => {
  test('writes a ProduceRequest that protobufjs reads, and reads what protobufjs writes', () => {
    fc.assert(
      fc.property(fc.array(produceBatch, { maxLength: 5 }), (batches) => {
        const ours = gatheredBytes(encodeProduceRequest({ batches }));
        const theirs = Buffer.from(ProduceRequest.encode({ batches }).finish());
        expect(readBack(ProduceRequest.decode(ours))).toEqual(batches);
        expect(readBack(decodeProduceRequest(theirs))).toEqual(batches);
      }),
    );
  });

  test('writes a FetchResponse that protobufjs reads, and reads what protobufjs writes', () => {
    fc.assert(
      fc.property(fetchResponse, (response) => {
        const ours = encodeFetchResponse(response);
        const theirs = Buffer.from(FetchResponse.encode(response).finish());
        expect(Buffer.isBuffer(ours) ? ours : gatheredBytes(ours)).toEqual(theirs);
        expect(decodeFetchResponse(theirs)).toMatchObject(response);
      }),
    );
  });

  test('writes a ConsumeResponse byte for byte as protobufjs does, whatever travels with its batches', () => {
    fc.assert(
      fc.property(consumeResponse, (response) => {
        const ours = encodeConsumeResponse(response);
        const theirs = Buffer.from(ConsumeResponse.encode(response).finish());
        expect(Buffer.isBuffer(ours) ? ours : gatheredBytes(ours)).toEqual(theirs);
        expect(decodeConsumeResponse(theirs)).toMatchObject(response);
      }),
    );
  });

  test('hands out batches as views, not as copies', () => {
    const message = gatheredBytes(encodeProduceRequest({ batches: [{ batch: Buffer.alloc(1000, 7) }] }));
    const { batch } = decodeProduceRequest(message).batches[0]!;
    expect(batch?.buffer).toBe(message.buffer);
  });

  test('is accepted by grpc-js, on the way up and on the way down', async () => {
    const server = new Server();
    server.addService(
      { Produce: logService.Produce, Down: downMethod },
      {
        Produce: (
          call: ServerDuplexStream<respool.v1.ProduceRequest, respool.v1.ProduceResponse.$Properties>,
        ) => {
          call.on('data', ({ batches }: respool.v1.ProduceRequest) =>
            call.write({
              acks: batches.map((batch) => ({
                correlationId: batch.correlationId ?? 0,
                baseOffset: batch.batch?.length ?? 0,
              })),
            }),
          );
          call.on('end', () => call.end());
        },
        Down: (call: ServerDuplexStream<respool.v1.ProduceRequest, respool.v1.FetchResponse.$Properties>) => {
          call.on('data', ({ batches }: respool.v1.ProduceRequest) =>
            call.write({ nextOffset: 1, batches: batches[0]?.batch ?? Buffer.alloc(0) }),
          );
          call.on('end', () => call.end());
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const Client = makeClientConstructor({ Produce: logService.Produce, Down: downMethod }, 'Test');
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    try {
      const batch = Buffer.alloc(300_000, 9);
      const up = client.makeBidiStreamRequest(
        logService.Produce.path,
        logService.Produce.requestSerialize,
        logService.Produce.responseDeserialize,
      );
      expect((await exchange(up, { batches: [{ correlationId: 5, batch }] })).acks[0]).toMatchObject({
        correlationId: 5,
        baseOffset: 300_000,
      });
      const down = client.makeBidiStreamRequest(
        downMethod.path,
        downMethod.requestSerialize,
        downMethod.responseDeserialize,
      );
      expect((await exchange(down, { batches: [{ batch }] })).batches).toEqual(batch);
    } finally {
      client.close();
      server.forceShutdown();
    }
  });
});

const downMethod = {
  ...logService.Produce,
  path: '/test/Down',
  responseSerialize: logService.Fetch.responseSerialize,
  responseDeserialize: logService.Fetch.responseDeserialize,
};

function exchange<Request, Response>(
  call: ClientDuplexStream<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call.once('data', resolve);
    call.once('error', reject);
    call.write(request);
    call.end();
  });
}

function readBack({ batches }: respool.v1.ProduceRequest): unknown[] {
  return batches.map((batch) => {
    const {
      correlationId,
      topic,
      partition,
      batch: bytes,
      expectedOffset,
    } = batch as respool.v1.ProduceBatch;
    return {
      correlationId,
      topic,
      partition,
      batch: Buffer.from(bytes),
      expectedOffset: expectedOffset ?? null,
    };
  });
}
