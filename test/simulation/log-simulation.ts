/**
 * A whole run: a broker's store on a simulated disk, clients that send, read and truncate, faults, and crash after crash. In the end
 * everything heals, the log is read and the history judged. A seed decides all of it.
 */
import type { Clock } from '../../segment-store/clock.js';
import type { FileSystem } from '../../segment-store/file-system.js';
import {
  DEFAULT_LOG_STORE_OPTIONS,
  type Durability,
  type LogStore,
  type LogStoreOptions,
  StoreError,
  type StoreEvent,
} from '../../segment-store/index.js';
import { checkHistory } from '../history/check-history.js';
import type { FinalLog, History } from '../history/history.js';
import { HistoryRecorder } from '../history/history-recorder.js';
import type { ClientContext, PartitionName } from './client-context.js';
import { FaultInjector } from './fault-injector.js';
import { type FinalRead, readWholeLog, wrongLookup } from './final-read.js';
import { Life } from './life.js';
import { ProducerClient } from './producer-client.js';
import { ReaderClient } from './reader-client.js';
import { deletableBelow } from './retention-bound.js';
import { keyIn } from './sent-batch.js';
import { SimulatedMachine } from './simulated-machine.js';
import { createTopics, partitionsOf, randomTopics, type SimulatedTopic } from './simulated-topic.js';
import type { SimulatedProcess } from './simulated-world.js';
import { TruncatingClient } from './truncating-client.js';

/** Opens the store under test. */
export type OpenStore = (
  options: LogStoreOptions,
  env: { fs: FileSystem; clock: Clock; onEvent: (event: StoreEvent) => void },
) => Promise<LogStore>;

export interface SimulationPlan {
  seed: number;
  /** How often the broker is started and ended. */
  lives: number;
  /** Whether the disk fails now and then. Without, only crashes happen. */
  diskFaults: boolean;
  /** Default: `fsync`. What the others acknowledge survives a kill only, so under them nothing else happens. */
  durability?: Durability;
  /** Puts a mutant between the store and the disk. */
  mutate?: (fs: FileSystem) => FileSystem;
}

export interface SimulationReport {
  /** Empty if every promise was kept. */
  violations: string[];
  crashes: number;
  acknowledged: number;
  history: History;
  /** What happened, in order, one line each. */
  story: string[];
}

const ENDINGS = ['kill', 'kill', 'power loss', 'power loss', 'close'] as const;
const ENDINGS_WITHOUT_SYNC = ['kill', 'kill', 'kill', 'close'] as const;
const MAX_LIFE_MS = 120;
const DATA_DIR = '/data';

export async function simulate(plan: SimulationPlan, open: OpenStore): Promise<SimulationReport> {
  return new LogSimulation(plan, open).run();
}

class LogSimulation implements ClientContext {
  readonly #machine: SimulatedMachine;
  readonly #topics: SimulatedTopic[];
  readonly #producers: ProducerClient[];
  readonly #story: string[] = [];
  readonly #broken: string[] = [];
  readonly recorder = new HistoryRecorder();
  readonly process: SimulatedProcess;
  readonly partitions: PartitionName[];
  #number = 0;
  #crashes = 0;
  #life: Life | undefined;
  #over = false;
  #latestWallMs = 0;

  constructor(
    private readonly plan: SimulationPlan,
    private readonly open: OpenStore,
  ) {
    this.#machine = new SimulatedMachine(plan.seed);
    this.process = this.#machine.world.startProcess();
    this.#topics = randomTopics(this.random);
    this.partitions = partitionsOf(this.#topics);
    this.#producers = Array.from({ length: this.random.between(1, 5) }, () => new ProducerClient(this));
    this.tell(`topics ${JSON.stringify(this.#topics)}`);
  }

  get #durability(): Durability {
    return this.plan.durability ?? 'fsync';
  }

  get random() {
    return this.#machine.world.random;
  }

  async run(): Promise<SimulationReport> {
    let reads: FinalRead[] = [];
    try {
      const clients = this.#runClients();
      for (let life = 0; life < this.plan.lives && this.#broken.length === 0; life += 1) await this.#live();
      this.#over = true;
      await this.#machine.world.run(clients);
      reads = await this.#readEverything();
    } catch (error) {
      this.broken(`the store must not throw this: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const history = this.recorder.history(reads.map((read) => this.#finalLog(read)));
    const violations = reads.length === 0 ? [] : checkHistory(history);
    return {
      violations: [
        ...this.#broken,
        ...violations.map(({ rule, partition, what }) => `${rule}: ${partition}: ${what}`),
      ],
      crashes: this.#crashes,
      acknowledged: history.sends.filter((call) => call.outcome === 'ok').length,
      history,
      story: this.#story,
    };
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  broken(what: string): void {
    this.tell(`BROKEN: ${what}`);
    this.#broken.push(what);
  }

  tell(line: string): void {
    this.#story.push(`${this.#machine.world.nowMs.toFixed(2)} ${line}`);
  }

  async nextLife(): Promise<Life | undefined> {
    while (!this.#over && !this.#life?.process.alive) await this.process.sleep(1);
    return this.#over ? undefined : this.#life;
  }

  async #runClients(): Promise<void> {
    const clients = [
      ...this.#producers,
      ...Array.from({ length: this.random.between(1, 4) }, (_, number) => new ReaderClient(this, number)),
      ...(this.random.chance(0.5) ? [new TruncatingClient(this)] : []),
    ];
    await Promise.all(
      clients.map((client) =>
        client.run().catch((error: unknown) => {
          this.broken(`a client got ${error instanceof Error ? error.stack : String(error)}`);
        }),
      ),
    );
  }

  /** Starts the broker, lets it run for a while, and ends it, one way or another; perhaps before it is up. */
  async #live(): Promise<void> {
    this.#maybeJumpClock();
    const process = this.#startBroker();
    const { world } = this.#machine;
    const diesAt = world.nowMs + (this.random.chance(0.2) ? 1 : MAX_LIFE_MS) * this.random.next();
    await world.runUntil(() => world.nowMs >= diesAt || this.#broken.length > 0);
    const life = this.#life;
    const ending = this.random.pick(this.#durability === 'fsync' ? ENDINGS : ENDINGS_WITHOUT_SYNC);
    if (ending === 'close' && life?.process === process && process.alive) await this.#close(life);
    this.#end(process, ending === 'power loss');
  }

  #startBroker(): SimulatedProcess {
    const { process, fs } = this.#machine.startProcess();
    this.tell('start');
    void this.#openStore(process, this.plan.mutate?.(fs) ?? fs).then(
      (store) => {
        this.#life = new Life(process, store);
        this.tell('up');
        if (this.plan.diskFaults && this.random.chance(0.5)) {
          const injector = new FaultInjector(this.#machine.disk, this.random, (line) => this.tell(line));
          void injector.run(process);
        }
      },
      (error: unknown) =>
        this.broken(`the store does not open: ${error instanceof Error ? error.stack : error}`),
    );
    return process;
  }

  async #openStore(process: SimulatedProcess, fs: FileSystem, { cleanUp = true } = {}): Promise<LogStore> {
    const options: LogStoreOptions = {
      ...DEFAULT_LOG_STORE_OPTIONS,
      dataDir: DATA_DIR,
      durability: this.#durability,
      syncIntervalMs: 15,
      freeSpaceReserveBytes: 1000,
      checkpointIntervalMs: 40,
      checkpointBytes: 10_000,
      cleanupIntervalMs: cleanUp ? 30 : 1e9,
      maxOpenFiles: 8,
    };
    const onEvent = (event: StoreEvent) => {
      if (event.event !== 'committed') this.tell(describeEvent(event));
    };
    const store = await this.open(options, { fs, clock: process.clock, onEvent });
    await createTopics(store, this.#topics);
    return store;
  }

  async #close(life: Life): Promise<void> {
    this.tell('close');
    this.#machine.disk.heal();
    try {
      await this.#machine.world.run(life.store.close());
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.tell(`close: ${error.message}`);
    }
  }

  #end(process: SimulatedProcess, powerLoss: boolean): void {
    this.tell(powerLoss ? 'power loss' : 'kill');
    process.kill();
    if (powerLoss) this.#machine.losePower();
    this.#machine.disk.heal();
    this.#crashes += 1;
  }

  #maybeJumpClock(): void {
    this.#noteWallTime();
    if (!this.random.chance(0.2)) return;
    const jumpMs = this.random.between(-5000, 5000);
    this.#machine.world.wallOffsetMs += jumpMs;
    this.tell(`the wall clock jumps by ${jumpMs} ms`);
  }

  /** Within a life the clock only goes forward, so looking before each jump and at the end finds the latest time. */
  #noteWallTime(): void {
    this.#latestWallMs = Math.max(this.#latestWallMs, this.process.clock.wallMs());
  }

  async #readEverything(): Promise<FinalRead[]> {
    const { world } = this.#machine;
    const { process, fs } = this.#machine.startProcess();
    this.tell('the final read');
    // Nothing may be deleted between reading and looking up.
    const opening = this.#openStore(process, this.plan.mutate?.(fs) ?? fs, { cleanUp: false });
    const reading = opening.then(async (store) => {
      for (const producer of this.#producers) await producer.drain(new Life(process, store));
      const reads: FinalRead[] = [];
      for (const name of this.partitions) {
        const read = await readWholeLog(store, name);
        const wrong = await wrongLookup(store, name, read.records);
        if (wrong) this.broken(wrong);
        reads.push(read);
      }
      await store.close();
      return reads;
    });
    const reads = await world.run(reading);
    this.#noteWallTime();
    return reads;
  }

  #finalLog({ log }: FinalRead): FinalLog {
    const topic = this.#topics.find((candidate) => log.partition.startsWith(`${candidate.topic}-`));
    const history = this.recorder.history([]);
    const bound = deletableBelow(topic?.config ?? {}, history, log.partition, this.#latestWallMs);
    const isCompacted = topic?.config.cleanupPolicy !== 'delete';
    return { ...log, deletableBelow: bound, keyOf: isCompacted ? keyIn : undefined };
  }
}

function describeEvent(event: StoreEvent): string {
  const { event: name, ...facts } = event;
  return `${name} ${JSON.stringify(facts, (_, value) => (value instanceof Error ? value.message : value))}`;
}
