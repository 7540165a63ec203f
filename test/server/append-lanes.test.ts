import { expect, test } from 'vitest';
import { AppendLanes } from '../../server/log/append-lanes.js';

test('appends of one lane are called in order, whatever each must wait for', async () => {
  const lanes = new AppendLanes();
  const called: string[] = [];
  const slow = deferred();
  const append = (name: string) => async () => {
    called.push(name);
    return name;
  };
  const results = [
    lanes.run('a', slow.promise, append('a1')),
    lanes.run('a', undefined, append('a2')),
    lanes.run('b', undefined, append('b1')),
    lanes.run('a', Promise.resolve(), append('a3')),
  ];
  expect(called).toEqual(['b1']);
  slow.resolve();
  expect(await Promise.all(results)).toEqual(['a1', 'a2', 'b1', 'a3']);
  expect(called).toEqual(['b1', 'a1', 'a2', 'a3']);
});

test('an append that waits for nothing behind nobody is called before run returns', () => {
  let isCalled = false;
  void new AppendLanes().run('a', undefined, async () => {
    isCalled = true;
  });
  expect(isCalled).toBe(true);
});

test('the next append does not wait until the one before is stored', async () => {
  const lanes = new AppendLanes();
  const stored = deferred();
  const second = lanes.run('a', undefined, async () => 2);
  void lanes.run('a', Promise.resolve(), () => stored.promise);
  expect(await lanes.run('a', Promise.resolve(), async () => 3)).toBe(3);
  expect(await second).toBe(2);
  stored.resolve();
});

test('what cannot be prepared is not appended, and the lane goes on', async () => {
  const lanes = new AppendLanes();
  const refused = lanes.run('a', Promise.reject(new Error('bad')), async () => 1);
  const next = lanes.run('a', undefined, async () => 2);
  await expect(refused).rejects.toThrow('bad');
  expect(await next).toBe(2);
});

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
