import {
  type Replay,
  type ReplayOptions,
  type ReplayOutcome,
  type ReplayPlan,
  type Respool,
  RespoolError,
} from '../../sdk/index.js';
import { brokerFailure } from '../broker-failure.js';
import { formatSpan } from '../duration.js';
import { toPosition } from '../place-flag.js';
import { plural } from '../plural.js';
import { StatusLine } from '../status-line.js';
import type { Terminal } from '../terminal.js';
import type { ReplayFlags } from './replay-flags.js';
import { PLAN_COLUMNS, planRow, planText, progressText } from './replay-text.js';
import { resumeCommand } from './resume-command.js';

/** Shows what a replay would do, or does it. */
export class ReplayRun {
  readonly #name: string | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly client: Respool,
    private readonly topic: string,
    private readonly flags: ReplayFlags,
  ) {
    const { name, to, execute } = flags;
    // What is to be done has a name, so that it can be gone on with; but for a topic into itself, of which no progress can be kept.
    this.#name = name ?? (execute && to !== topic ? newName(topic) : undefined);
  }

  /** Resolves when it is done, with true; or with false when the signal has stopped it, and how far it came is kept. */
  async run(signal: AbortSignal): Promise<boolean> {
    const replay = this.client.replay(this.#options(signal));
    const plan = await replay.plan();
    if (!this.flags.execute) {
      await this.#show(plan);
      return true;
    }
    this.#announce(plan);
    const status = new StatusLine(
      this.terminal,
      this.terminal.out.isTerminal && this.flags.json === true,
      () => progressText(replay.progress),
    );
    try {
      await this.#done(await replay.run().finally(() => status.end()));
      return true;
    } catch (error) {
      if (!signal.aborted) throw this.#failure(error);
      await this.#stopped(replay);
      return false;
    }
  }

  #options(signal: AbortSignal): ReplayOptions {
    const { to, from, until, partition, speed, rate, skipDamaged } = this.flags;
    return {
      topic: this.topic,
      to: to!,
      from: toPosition(from),
      until: until && toPosition(until),
      partitions: partition === undefined ? undefined : [partition],
      filter: this.#filter(),
      pace: rate !== undefined ? { recordsPerSecond: rate } : speed !== undefined ? { speed } : 'flat-out',
      name: this.#name,
      onDataLoss: skipDamaged ? 'skip' : 'fail',
      onSkipped: (loss) =>
        this.#note(
          `respool: went past damaged offsets ${loss.startOffset}..${loss.endOffset} of ${loss.topic}-${loss.partition}`,
        ),
      signal,
    };
  }

  #filter(): ReplayOptions['filter'] {
    const { key, header } = this.flags;
    if (key === undefined && header === undefined) return undefined;
    return { ...(key !== undefined && { key }), ...(header && { headers: header }) };
  }

  async #show(plan: ReplayPlan): Promise<void> {
    if (this.flags.json) return this.terminal.printJson({ executed: false, plan });
    await this.terminal.printTable(PLAN_COLUMNS, plan.partitions.map(planRow));
    await this.terminal.print(`\n${planText(plan, this.flags)}`);
    await this.terminal.out.flush();
    if (plan.resumed) this.#note(`it goes on where ${this.#name} was stopped`);
    this.#note('dry run: nothing was copied; --execute does it');
  }

  #announce(plan: ReplayPlan): void {
    const name =
      this.#name === undefined ? '' : `; ${plan.resumed ? 'going on with' : 'named'} ${this.#name}`;
    this.#note(`${planText(plan, this.flags)}${name}`);
  }

  async #done({ copied, skipped, elapsedMs }: ReplayOutcome): Promise<void> {
    const { topic, to } = { topic: this.topic, ...this.flags };
    if (this.flags.json) {
      await this.terminal.printJson({
        executed: true,
        topic,
        to,
        name: this.#name,
        copied,
        skipped,
        elapsedMs: Math.round(elapsedMs),
      });
    }
    const left = skipped === 0 ? '' : `, ${plural(skipped, 'other')} gone past`;
    this.#note(
      `copied ${plural(copied, 'record')} of ${topic} into ${to} in ${formatSpan(elapsedMs)}${left}`,
    );
  }

  async #stopped({ progress: { copied, skipped, total } }: Replay): Promise<void> {
    const resume = this.#resume();
    if (this.flags.json)
      await this.terminal.printJson({ executed: true, stopped: true, copied, skipped, total, resume });
    const soFar = `stopped: ${plural(copied, 'record')} copied, ${plural(total - copied - skipped, 'record')} left`;
    this.#note(
      resume === undefined ? `${soFar}; into itself it cannot be gone on with` : `${soFar}; to go on:`,
    );
    if (resume !== undefined) this.#note(resume);
  }

  /** What was copied stays, and need not be copied again. */
  #failure(error: unknown): unknown {
    const damaged = error instanceof RespoolError && error.code === 'CORRUPT_BATCH';
    const resume = this.#resume();
    const skip = damaged ? '; --skip-damaged goes past it' : '';
    const goOn = resume === undefined ? '' : `; to go on: ${resume}`;
    return brokerFailure(error, (message) => `${message}${skip}${goOn}`, { resume });
  }

  /** Undefined: its progress was not kept. */
  #resume(): string | undefined {
    return this.#name === undefined ? undefined : resumeCommand(this.topic, this.flags, this.#name);
  }

  #note(text: string): void {
    if (!this.flags.json) this.terminal.note(text);
  }
}

const MAX_TOPIC_PART = 100;

/** Not used before, and short enough for the name of a group. */
function newName(topic: string): string {
  return `${topic.slice(0, MAX_TOPIC_PART)}.${new Date().toISOString().replace(/\D/g, '')}`;
}
