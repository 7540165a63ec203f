import { closeSync, fdatasync, openSync, rmSync, writev } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { logService, type respool } from '../../proto/index.js';

export interface PassServerParameters {
  /** Batches are appended to a file here and synced before they are acknowledged; undefined: they go nowhere. */
  dir?: string;
}

type Call = ServerDuplexStream<respool.v1.ProduceRequest, respool.v1.ProduceResponse.$Properties>;
type Batch = respool.v1.ProduceBatch.$Properties;

const WINDOW_BYTES = 1024 ** 2;
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;
const FILE_BYTES = 1024 ** 3;

const writeBuffers = promisify(writev);
const sync = promisify(fdatasync);

/** The `Produce` call with nothing behind it, or no more than a file: what the stack itself can do. */
export class PassServerRole implements AsyncDisposable {
  readonly #server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  readonly #file: GroupedFile | undefined;

  constructor({ dir }: PassServerParameters) {
    this.#file = dir === undefined ? undefined : new GroupedFile(join(dir, 'ceiling.log'));
    openWindows(this.#server);
    this.#server.addService({ Produce: logService.Produce }, { Produce: (call: Call) => this.#serve(call) });
  }

  /** Resolves with `host:port`. */
  async listen(): Promise<string> {
    const port = await promisify(this.#server.bindAsync.bind(this.#server))(
      '127.0.0.1:0',
      ServerCredentials.createInsecure(),
    );
    return `127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    await this.#file?.close();
  }

  #serve(call: Call): void {
    const answers = new AnswerQueue(call);
    call.sendMetadata(new Metadata());
    call.on('end', () => call.end());
    call.on('data', ({ batches }: respool.v1.ProduceRequest) => {
      if (this.#file === undefined) answers.add(batches);
      else this.#file.append(batches, () => answers.add(batches));
    });
  }
}

/** All answers that are ready travel in one message, the next when that one has left. */
class AnswerQueue {
  #ready: respool.v1.ProduceAck.$Properties[] = [];
  #writing = false;

  constructor(private readonly call: Call) {}

  add(batches: readonly Batch[]): void {
    for (const { correlationId } of batches) this.#ready.push({ correlationId: correlationId ?? 0 });
    this.#pump();
  }

  #pump(): void {
    if (this.#writing || this.#ready.length === 0) return;
    const acks = this.#ready;
    this.#ready = [];
    this.#writing = true;
    this.call.write({ acks }, () => {
      this.#writing = false;
      this.#pump();
    });
  }
}

/** A file with one write and one sync under way; what comes meanwhile joins the next. */
class GroupedFile {
  readonly #path: string;
  #descriptor: number;
  #position = 0;
  #waiting: { batches: readonly Batch[]; onDurable: () => void }[] = [];
  #committing: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'w');
  }

  append(batches: readonly Batch[], onDurable: () => void): void {
    this.#waiting.push({ batches, onDurable });
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
    });
  }

  async close(): Promise<void> {
    await this.#committing;
    closeSync(this.#descriptor);
    rmSync(this.#path, { force: true });
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const buffers = group.flatMap(({ batches }) => batches.map(({ batch }) => batch ?? new Uint8Array()));
      if (this.#position >= FILE_BYTES) this.#startOver();
      const { bytesWritten } = await writeBuffers(this.#descriptor, buffers, this.#position);
      await sync(this.#descriptor);
      this.#position += bytesWritten;
      for (const { onDurable } of group) onDurable();
    }
  }

  #startOver(): void {
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path, 'w');
    this.#position = 0;
  }
}

/** grpc-js has no option for it on the server; throws if a release no longer has the way around, as the figure would be of something else. */
function openWindows(server: Server): void {
  const { commonServerOptions } = server as unknown as {
    commonServerOptions?: { settings?: { initialWindowSize?: number } };
  };
  if (commonServerOptions === undefined)
    throw new Error('this grpc-js has no way to open the stream windows');
  commonServerOptions.settings = { ...commonServerOptions.settings, initialWindowSize: WINDOW_BYTES };
}
