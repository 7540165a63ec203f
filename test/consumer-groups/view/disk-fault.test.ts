import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SyscallFault } from '../../crash/syscall-fault.js';
import { hasCommands, isRoot, requireOrSkip } from '../../fixtures/requirement.js';
import { CommitProcess } from '../group-store/commit-process.js';
import { groupStoreFolder } from '../group-store/group-store-folder.js';

const canRun = requireOrSkip(
  'a view whose disk fails',
  () => isRoot() && hasCommands('strace'),
  'needs root and strace',
);
const PARTITIONS = 50;
const FAILED = 70;

describe.runIf(canRun)('when the disk fails under the view', () => {
  const folder = groupStoreFolder();

  test.each([
    ['syncs', 'fdatasync'],
    ['writes of pages', 'pwritev,pwrite64'],
  ])(
    'the process is told to end at the first of the failing %s, and nothing acknowledged is lost',
    async (_what, syscalls) => {
      await using committer = new CommitProcess(folder.path, PARTITIONS);
      await committer.committed(200);
      const file = join(folder.viewDir, 'data.mdb');
      await using _fault = await SyscallFault.inject(committer.pid, syscalls, 'EIO', file);
      expect(await committer.ended).toBe(FAILED);
      expect(committer.complaint).toContain('fatal: LMDB failed at a write: ');
      expect(committer.complaint.match(/fatal:/g)).toHaveLength(1);
      const open = await folder.open();
      for (const [partition, number] of committer.lastAcknowledged) {
        expect(open.groups.committed('g', 't', partition)?.offset).toBeGreaterThanOrEqual(number);
      }
    },
    60_000,
  );
});
