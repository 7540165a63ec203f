/** Whatever happens to the view: it is noticed or it does no harm, and every offset is as it was acknowledged. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SeededRandom } from '../../simulation/seeded-random.js';
import { pageOf, type Reopened, WrittenView } from './written-view.js';

/** Random damages of each kind; more than by default where there is time. */
const SEEDS = Number(process.env['RESPOOL_VIEW_DAMAGE_SEEDS'] ?? 40);
/** Each start waits for a process of its own. */
const AT_A_TIME = 3;
const MINUTES_MS = 600_000;
const META_PAGES = 2;

let view: WrittenView;

beforeAll(async () => {
  view = await WrittenView.make(1, 120);
});

afterAll(() => view[Symbol.asyncDispose]());

/** Opens with each of the views; the state must be the same after each. Resolves with how each start went. */
async function reopenAll(spoilt: readonly (Buffer | undefined)[]): Promise<Reopened[]> {
  const outcomes: Reopened[] = [];
  const open = spoilt.entries();
  const lanes = Array.from({ length: AT_A_TIME }, async () => {
    for (const [number, bytes] of open) {
      const reopened = await view.reopen(bytes);
      expect(reopened.state, `with view ${number}`).toEqual(view.expected.state);
      outcomes.push(reopened);
    }
  });
  await Promise.all(lanes);
  return outcomes;
}

const rebuilt = (outcomes: readonly Reopened[]): number => outcomes.filter(({ problem }) => problem).length;

test('a sound view is used as it is', async () => {
  const { state, problem, events } = await view.reopen(view.newest);
  expect(state).toEqual(view.expected.state);
  expect(problem).toBeUndefined();
  expect(events).toEqual([expect.objectContaining({ replayed: 0 })]);
});

test('a view that is gone is rebuilt, and so is an empty one', async () => {
  const [gone, empty] = await reopenAll([undefined, Buffer.alloc(0)]);
  expect(gone).toMatchObject({ problem: 'it is missing', keptIn: undefined });
  expect(empty!.keptIn).toMatch(/\.corrupt-\d{8}T\d{9}Z$/);
});

test('an old copy of the file catches up from the journal', async () => {
  const { state, problem, events } = await view.reopen(view.older);
  expect(state).toEqual(view.expected.state);
  expect(problem).toBeUndefined();
  const replayed = events.find((event) => event.event === 'groups-opened')!.replayed;
  expect(replayed).toBeGreaterThan(500);
});

test('garbage in place of the lock file is of no account', async () => {
  const { state, problem } = await view.reopen(view.newest, { lock: Buffer.alloc(8192, 0xa5) });
  expect(state).toEqual(view.expected.state);
  expect(problem).toBeUndefined();
});

describe('nothing wrong is ever read from', () => {
  test(
    'a view with any page zeroed',
    async () => {
      expect(view.pages.length).toBeGreaterThan(20);
      const outcomes = await reopenAll(
        view.pages.map((page) => view.spoilt((bytes) => pageOf(bytes, page).fill(0))),
      );
      expect(rebuilt(outcomes)).toBeGreaterThan(5);
    },
    MINUTES_MS,
  );

  test(
    'a view with any page as it was before',
    async () => {
      const changed = view.pages.filter(
        (page) => !pageOf(view.older, page).equals(pageOf(view.newest, page)),
      );
      const outcomes = await reopenAll(
        changed.map((page) => view.spoilt((bytes) => pageOf(view.older, page).copy(pageOf(bytes, page)))),
      );
      expect(rebuilt(outcomes)).toBeGreaterThan(3);
    },
    MINUTES_MS,
  );

  test(
    'a view with any bit flipped in what its head pages say',
    async () => {
      const random = new SeededRandom(2);
      // LMDB's own fields: the page's header, and the first 200 bytes behind it.
      const flipped = Array.from({ length: META_PAGES }, (_, page) =>
        Array.from({ length: 27 }, (_unused, word) =>
          view.spoilt((bytes) => flipBit(pageOf(bytes, page), word * 64 + random.between(0, 64))),
        ),
      );
      await reopenAll(flipped.flat());
    },
    MINUTES_MS,
  );

  test(
    'a view with bits flipped anywhere',
    async () => {
      const flipped = Array.from({ length: SEEDS }, (_, seed) => {
        const random = new SeededRandom(seed);
        return view.spoilt((bytes) => {
          const page = random.pick(view.pages);
          for (let bits = random.between(1, 4); bits > 0; bits -= 1) {
            flipBit(pageOf(bytes, page), random.between(0, 8 * 4096));
          }
        });
      });
      await reopenAll(flipped);
    },
    MINUTES_MS,
  );

  test(
    'a view that was cut off anywhere',
    async () => {
      const random = new SeededRandom(3);
      const used = view.pages.at(-1)! * 4096;
      const cuts = Array.from({ length: Math.ceil(SEEDS / 4) }, () =>
        view.newest.subarray(0, random.between(1, used)),
      );
      expect(rebuilt(await reopenAll(cuts))).toBeGreaterThan(0);
    },
    MINUTES_MS,
  );
});

function flipBit(bytes: Buffer, bit: number): void {
  bytes[bit >> 3]! ^= 1 << (bit & 7);
}
