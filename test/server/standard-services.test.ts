import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import protobuf from 'protobufjs';
import descriptor, { type IFileDescriptorProto } from 'protobufjs/ext/descriptor.js';
import { expect, test, vi } from 'vitest';
import { type Broker, formatAddress } from '../../server/index.js';
import { httpGet, metric, startBroker, TestClient } from './broker-fixture.js';

const require = createRequire(import.meta.url);

interface ReflectionAnswer {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  errorResponse?: { errorCode: number };
}

/** What a tool such as grpcurl does, with the messages of the package's own .proto file. */
async function ask(broker: Broker, version: 'v1' | 'v1alpha', request: object): Promise<ReflectionAnswer> {
  const folder = dirname(require.resolve('@grpc/reflection/package.json'));
  const root = protobuf.loadSync(join(folder, `build/proto/grpc/reflection/${version}/reflection.proto`));
  const Request = root.lookupType(`grpc.reflection.${version}.ServerReflectionRequest`);
  const Response = root.lookupType(`grpc.reflection.${version}.ServerReflectionResponse`);
  const stream = new TestClient(broker).grpc.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (message: object) => Buffer.from(Request.encode(message).finish()),
    (bytes) => Response.decode(bytes) as ReflectionAnswer,
  );
  const answer = new Promise<ReflectionAnswer>((resolve, reject) => {
    stream.once('data', resolve);
    stream.once('error', reject);
  });
  stream.write(request);
  stream.end();
  return answer;
}

test.each(['v1', 'v1alpha'] as const)(
  'reflection %s lists the services and describes them whole',
  async (version) => {
    const broker = await startBroker();
    const { listServicesResponse } = await ask(broker, version, { listServices: '*' });
    expect(listServicesResponse?.service.map(({ name }) => name).sort()).toEqual([
      'grpc.health.v1.Health',
      'respool.v1.AdminService',
      'respool.v1.GroupService',
      'respool.v1.LogService',
    ]);
    const log = await describedFiles(broker, version, 'respool.v1.LogService');
    expect(log.map(({ name }) => name)).toEqual(['respool/v1/log.proto', 'respool/v1/error.proto']);
    expect(methodsOf(log)).toEqual([
      ['InitProducer', false, false],
      ['Produce', true, true],
      ['Append', false, false],
      ['Fetch', false, true],
      ['ListOffsets', false, false],
    ]);
    const group = await describedFiles(broker, version, 'respool.v1.GroupService');
    expect(group.map(({ name }) => name).sort()).toEqual([
      'respool/v1/error.proto',
      'respool/v1/group.proto',
      'respool/v1/log.proto',
    ]);
    expect(methodsOf(group)[0]).toEqual(['Consume', true, true]);
    expect(methodsOf(group)).toHaveLength(10);
    for (const files of [log, group]) expectLinked(files);
    expect(
      (await ask(broker, version, { fileContainingSymbol: 'no.such.Thing' })).errorResponse?.errorCode,
    ).toBe(5);
  },
);

/** The file that describes the symbol, and all that it imports. */
async function describedFiles(
  broker: Broker,
  version: 'v1' | 'v1alpha',
  symbol: string,
): Promise<IFileDescriptorProto[]> {
  const { fileDescriptorResponse } = await ask(broker, version, { fileContainingSymbol: symbol });
  return fileDescriptorResponse!.fileDescriptorProto.map(
    (bytes) => descriptor.FileDescriptorProto.decode(bytes) as IFileDescriptorProto,
  );
}

/** The methods of the first file's service: name, whether the client streams, whether the server does. */
function methodsOf([file]: readonly IFileDescriptorProto[]): unknown[] {
  const methods = file?.service?.[0]?.method ?? [];
  return methods.map(({ name, clientStreaming, serverStreaming }) => [
    name,
    clientStreaming ?? false,
    serverStreaming ?? false,
  ]);
}

/** Every type that is named is absolute and in one of the files, and every file that is imported is among them, as a tool needs to link them. */
function expectLinked(files: readonly IFileDescriptorProto[]): void {
  const defined = new Set(
    files.flatMap(({ messageType, enumType }) =>
      [...(messageType ?? []), ...(enumType ?? [])].map(({ name }) => `.respool.v1.${name}`),
    ),
  );
  const messages = files.flatMap(({ messageType }) => messageType ?? []);
  const named = [
    ...files.flatMap(({ service }) =>
      (service ?? []).flatMap(({ method }) =>
        (method ?? []).flatMap(({ inputType, outputType }) => [inputType, outputType]),
      ),
    ),
    ...messages.flatMap(({ field, nestedType }) => {
      const own = new Set((nestedType ?? []).map(({ name }) => name));
      return (field ?? [])
        .map(({ typeName }) => typeName)
        .filter((typeName) => typeName && !own.has(typeName.split('.').at(-1)));
    }),
  ];
  expect(named.length).toBeGreaterThan(10);
  expect([...defined]).toEqual(expect.arrayContaining([...new Set(named)]));
  const imported = files.flatMap(({ dependency }) => dependency ?? []);
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(imported));
}

test('health says SERVING, to those who watch until the broker drains, and NOT_SERVING then', async () => {
  const broker = await startBroker({ drainTimeoutMs: 5000 });
  const client = new TestClient(broker);
  const { Check, Watch } = healthService as Record<string, MethodDefinition<object, object>>;
  const check = (service: string) =>
    new Promise((resolve, reject) =>
      client.grpc.makeUnaryRequest(
        Check!.path,
        Check!.requestSerialize,
        Check!.responseDeserialize,
        { service },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      ),
    );
  for (const name of ['', 'respool.v1.LogService', 'respool.v1.GroupService', 'respool.v1.AdminService']) {
    expect(await check(name)).toEqual({ status: 'SERVING' });
  }
  await expect(check('nope')).rejects.toMatchObject({ code: 5 });
  const watch = client.grpc.makeServerStreamRequest(
    Watch!.path,
    Watch!.requestSerialize,
    Watch!.responseDeserialize,
    {
      service: '',
    },
  );
  const seen: object[] = [];
  watch.on('data', (answer: object) => seen.push(answer));
  watch.on('error', () => {});
  const ended = new Promise((resolve) => watch.once('status', resolve));
  await vi.waitFor(() => expect(seen).toEqual([{ status: 'SERVING' }]));
  await broker.close();
  await ended;
  expect(seen.at(-1)).toEqual({ status: 'NOT_SERVING' });
});

test('HTTP answers what it has, and says what it has not', async () => {
  const broker = await startBroker();
  const client = new TestClient(broker);
  await client.createTopic('t', { partitions: 2 });
  expect(await httpGet(broker, '/healthz')).toEqual({ status: 200, body: '{"status":"ok","problems":[]}\n' });
  expect(await httpGet(broker, '/readyz')).toEqual({
    status: 200,
    body: '{"status":"ready","problems":[]}\n',
  });
  expect((await httpGet(broker, '/nope')).status).toBe(404);
  const url = `http://${formatAddress(broker.httpAddress!)}/healthz`;
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
  expect((await fetch(url, { headers: { x: 'y'.repeat(20_000) } })).status).toBe(431);
  expect(await metric(broker, 'respool_ready')).toBe(1);
  // Two, and the one of the groups' journal.
  expect(await metric(broker, 'respool_partitions')).toBe(3);
  expect(
    await metric(broker, 'respool_calls_total{method="/respool.v1.AdminService/CreateTopic",code="OK"}'),
  ).toBe(1);
});
