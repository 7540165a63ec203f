/** A member of a group as a plain gRPC client sees it, without the SDK. */
import { type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { groupService, type respool } from '../../proto/index.js';
import { splitBatches } from '../../proto/record-batch/index.js';
import { ErrorCode, type Failure, type TestClient, toldBy } from './broker-fixture.js';

type ConsumeStream = ClientDuplexStream<respool.v1.ConsumeRequest.$Properties, respool.v1.ConsumeResponse>;
type Assigned = respool.v1.AssignedPartition.$Properties;

export class TestMember {
  readonly stream: ConsumeStream;
  /** All that was said to it, in order. */
  readonly responses: respool.v1.ConsumeResponse[] = [];
  /** What it owns, by `topic/partition`; what was revoked stays until it is released. */
  readonly owned = new Map<string, Assigned>();
  readonly revoked: string[] = [];
  readonly lost: string[] = [];
  /** Bytes of batches so far. */
  bytes = 0;
  /** `topic/partition@offset` of each batch. */
  readonly batches: string[] = [];
  /** Refusals by correlation id, for each commit that was answered. */
  readonly answers = new Map<number, respool.v1.RefusedOffset.$Properties[]>();
  /** Undefined: it ended with OK. */
  readonly ended: Promise<Failure | undefined>;
  #isEnded = false;
  readonly #waiting = new Set<() => void>();
  #commits = 0;

  /** Opens the stream, and sends nothing. */
  constructor(client: TestClient) {
    const { path, requestSerialize, responseDeserialize } = groupService.Consume;
    this.stream = client.grpc.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.stream.on('data', (response: respool.v1.ConsumeResponse) => this.#hear(response));
    this.ended = this.#end();
    onTestFinished(() => this.stream.cancel());
  }

  /** Joins, and resolves when the broker has said so. */
  static async join(
    client: TestClient,
    join: respool.v1.JoinGroup.$Properties,
    request: respool.v1.ConsumeRequest.$Properties = {},
  ): Promise<TestMember> {
    const member = new TestMember(client);
    member.send({ ...request, join });
    await member.until(() => member.responses.length > 0);
    return member;
  }

  get joined(): respool.v1.JoinedGroup.$Properties | undefined {
    return this.responses[0]?.joined ?? undefined;
  }

  send(request: respool.v1.ConsumeRequest.$Properties): void {
    this.stream.write(request);
  }

  /** Resolves when it is so, which is looked at whenever something was heard; rejects if the stream ends before. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#isEnded) throw new Error('the stream has ended', { cause: await this.ended });
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** Commits in one message, with the generation in which the partition was given unless another is named; the codes of what was refused. */
  async commit(...offsets: respool.v1.OffsetCommit.$Properties[]): Promise<string[]> {
    const correlationId = ++this.#commits;
    const stamped = offsets.map((offset) => ({
      generation: this.owned.get(nameOf(offset))?.generation ?? 0,
      ...offset,
    }));
    this.send({ commits: [{ correlationId, offsets: stamped }] });
    await this.until(() => this.answers.has(correlationId));
    return this.answers.get(correlationId)!.map(({ error }) => ErrorCode[error?.code ?? 0]!);
  }

  #hear(response: respool.v1.ConsumeResponse): void {
    this.responses.push(response);
    const { assignment, commits, batches } = response;
    for (const partition of assignment?.assigned ?? []) this.owned.set(nameOf(partition), partition);
    for (const partition of assignment?.revoked ?? []) this.revoked.push(nameOf(partition));
    for (const partition of assignment?.lost ?? []) {
      this.owned.delete(nameOf(partition));
      this.lost.push(nameOf(partition));
    }
    for (const { correlationId, refused } of commits) this.answers.set(correlationId ?? 0, refused ?? []);
    if (batches) {
      const bytes = Buffer.from(batches.batches ?? []);
      this.bytes += bytes.length;
      for (const { baseOffset } of splitBatches(bytes)) this.batches.push(`${nameOf(batches)}@${baseOffset}`);
    }
    this.#lookAgain();
  }

  #end(): Promise<Failure | undefined> {
    this.stream.on('error', () => {});
    return new Promise((resolve) => {
      this.stream.once('status', (ended: StatusObject) => {
        this.#isEnded = true;
        resolve(ended.code === status.OK ? undefined : toldBy(ended));
        this.#lookAgain();
      });
    });
  }

  #lookAgain(): void {
    for (const look of [...this.#waiting]) look();
  }
}

export function nameOf({ topic, partition }: respool.v1.TopicPartition.$Properties): string {
  return `${topic}/${partition ?? 0}`;
}
