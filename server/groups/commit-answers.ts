/** The commits of one member that are under way, and the answers that are to be sent. */
import type { Member, MemberCommit } from '../../consumer-groups/index.js';
import type { respool } from '../../proto/index.js';
import { wireError } from '../rpc/error-status.js';
import type { FaultReporter } from '../rpc/fault-reporter.js';
import type { ReadGate } from '../rpc/read-gate.js';
import { wireCount } from '../rpc/wire-number.js';
import { decodeMemberCommit } from './commit-codec.js';
import type { CommitMeter } from './commit-meter.js';

type CommitMessage = respool.v1.MemberCommit.$Properties;
type CommitAnswer = respool.v1.CommitAnswer.$Properties;
type RefusedOffset = respool.v1.RefusedOffset.$Properties;

/** What a commit, and each offset of it, costs beside its metadata while it is under way. */
const OVERHEAD_BYTES = 256;

export interface CommitAnswersParts {
  member: Member;
  gate: ReadGate;
  meter: CommitMeter;
  faults: FaultReporter;
  /** There is an answer to take. */
  onReady(): void;
}

/** Answers that go together. */
export interface ReadyAnswers {
  answers: CommitAnswer[];
  /** What the gate is given back when they are on their way. */
  heldBytes: number;
}

/**
 * Holds the gate from the receipt of a commit until its answer is on its way, so that a client with many unanswered commits, or one that
 * does not read answers, is not read either.
 */
export class CommitAnswers {
  #underway = 0;
  #ready: ReadyAnswers = { answers: [], heldBytes: 0 };

  constructor(private readonly parts: CommitAnswersParts) {}

  /** True if nothing is under way and nothing waits to be taken. */
  get isEmpty(): boolean {
    return this.#underway === 0 && this.#ready.answers.length === 0;
  }

  /** INVALID_ARGUMENT for a correlation id that is none; whatever is wrong with an offset is its answer. */
  receive(message: CommitMessage): void {
    const correlationId = wireCount('commits.correlation_id', message.correlationId);
    const heldBytes = costOf(message);
    this.parts.gate.hold(heldBytes);
    this.#underway++;
    void this.#refusals(message).then((refused) => {
      this.#underway--;
      this.#ready.answers.push({ correlationId, refused });
      this.#ready.heldBytes += heldBytes;
      this.parts.gate.releaseShared(heldBytes);
      // The member could not be heard while its commits held the gate: that is not its fault.
      this.parts.member.heard();
      this.parts.onReady();
    });
  }

  take(): ReadyAnswers {
    const ready = this.#ready;
    this.#ready = { answers: [], heldBytes: 0 };
    return ready;
  }

  /** Never rejects. */
  async #refusals({ offsets }: CommitMessage): Promise<RefusedOffset[]> {
    const { member, meter, faults } = this.parts;
    const { commits, refused } = this.#decode(offsets ?? []);
    if (commits.length === 0) return refused;
    try {
      const refusals = await meter.watch(
        commits.length,
        () => member.commit(commits),
        ({ length }) => length,
      );
      for (const { topic, partition, error } of refusals) {
        meter.refused(error);
        refused.push({ topic, partition, error: wireError(error) });
      }
    } catch (error) {
      faults.report(error, 'Consume');
      for (const { topic, partition } of commits) {
        refused.push({ topic, partition, error: wireError(error) });
      }
    }
    return refused;
  }

  #decode(offsets: readonly respool.v1.OffsetCommit.$Properties[]) {
    const commits: MemberCommit[] = [];
    const refused: RefusedOffset[] = [];
    for (const offset of offsets) {
      try {
        commits.push(decodeMemberCommit(offset));
      } catch (error) {
        this.parts.meter.refused(error);
        const { topic, partition } = offset;
        refused.push({ topic: topic ?? '', partition: partition ?? 0, error: wireError(error) });
      }
    }
    return { commits, refused };
  }
}

function costOf({ offsets }: CommitMessage): number {
  return (offsets ?? []).reduce(
    (bytes, { topic, metadata }) => bytes + OVERHEAD_BYTES + (topic?.length ?? 0) + (metadata?.length ?? 0),
    OVERHEAD_BYTES,
  );
}
