import { decompressFrame } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import {
  COMPRESSIONS,
  type Compression,
  InvalidBatchError,
  splitBatches,
  validateBatch,
  validateCompressedBatch,
} from '../../../proto/record-batch/index.js';
import {
  compressPlainly,
  lz4Frame,
  withLz4HeaderChecksum,
  zstdBlock,
  zstdFrame,
} from './compressed-bytes.js';
import { buildBatch, LIMITS } from './record-arbitrary.js';
import { batchOf, rawRecord } from './tampered-batch.js';

const CODECS = COMPRESSIONS.filter((compression) => compression !== 'none');
const MIB = 1024 ** 2;
const NONE = Buffer.alloc(0);

/** 2,000 records that compress, and fill several blocks of every codec. */
const RECORDS_COUNT = 2000;
const RECORDS = Buffer.concat(
  Array.from({ length: RECORDS_COUNT }, (_, i) =>
    rawRecord(0, 0, i, -1, 200, Buffer.alloc(200, `value ${i} `), 0),
  ),
);

describe('how much may come out', () => {
  it.each(CODECS)('exactly the limit is let through, one byte more is not (%s)', async (codec) => {
    const batch = compressedBatch(codec, await compressPlainly(codec, RECORDS));
    const exact = { maxUncompressedBytes: RECORDS.length };
    expect(await validateCompressedBatch(batch, exact)).toMatchObject({ recordsCount: RECORDS_COUNT });
    await expectRefused(batch, /the limit is/, { maxUncompressedBytes: RECORDS.length - 1 });
  });

  it.each(CODECS)('what we write ourselves is held to the same limit (%s)', async (codec) => {
    const batch = await buildBatch([{ timestampMs: 0, value: Buffer.alloc(300_000, 'respool ') }], codec);
    await expectRefused(batch, /the limit is 299999/, { maxUncompressedBytes: 299_999 });
    const [read] = splitBatches(batch);
    await expect(read!.decompress({ maxUncompressedBytes: 299_999 })).rejects.toThrow(InvalidBatchError);
  });
});

describe('bombs are refused before they are decompressed', () => {
  it.each(['snappy', 'lz4', 'zstd'] as const)('64 MiB of zeros (%s)', async (codec) => {
    refusedUnseen(codec, await compressPlainly(codec, Buffer.alloc(64 * MIB)), /the limit is 1048576$/);
  });

  it('snappy blocks by the thousand, which would keep the thread pool busy', () => {
    const framing = Buffer.from('82534e41505059000000000100000001', 'hex');
    const empty = Buffer.from('0000000100', 'hex');
    refusedUnseen(
      'snappy',
      Buffer.concat([framing, ...Array(65).fill(empty)]),
      /65 blocks of 1024 bytes and less/,
    );
  });

  it('a raw snappy block that says 4 GiB', () => {
    refusedUnseen('snappy', Buffer.from('ffffffff0f0000', 'hex'), /would have 4294967295 bytes/);
  });

  it('many snappy blocks of which each is small enough', async () => {
    const block = await compressPlainly('snappy', Buffer.alloc(MIB));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    const framing = Buffer.from('82534e41505059000000000100000001', 'hex');
    refusedUnseen(
      'snappy',
      Buffer.concat([framing, length, block, length, block]),
      /would have 2097152 bytes/,
    );
  });

  it('an lz4 frame that says its size', () => {
    const size = Buffer.from('0000000000010000', 'hex');
    refusedUnseen('lz4', lz4Frame(0x68, 0x40, size, Buffer.alloc(5)), /would have 1099511627776 bytes/);
  });

  it('an lz4 frame that says less than it holds', async () => {
    const frame = await compressPlainly('lz4', Buffer.alloc(64 * MIB));
    const size = Buffer.from('0a00000000000000', 'hex');
    refusedUnseen('lz4', lz4Frame(0x68, frame[5]!, size, frame.subarray(6)), /would have more when/);
  });

  it('a zstd frame that says its size', () => {
    refusedUnseen(
      'zstd',
      zstdFrame(2n ** 40n, zstdBlock(0, 0, NONE, true)),
      /would have 1099511627776 bytes/,
    );
  });

  it('a zstd frame of repeated bytes, 4 for each 128 KiB, that says it has none', () => {
    const block = zstdBlock(1, 128 * 1024, Buffer.of(0));
    const small = Buffer.from('28b52ffd0058', 'hex');
    refusedUnseen('zstd', Buffer.concat([small, ...Array(1000).fill(block)]), /would have more when/);
    refusedUnseen(
      'zstd',
      zstdFrame(10n, ...Array(1000).fill(block)),
      /a block of type 1 and size 131072; .*at most 10/,
    );
  });

  it('a zstd frame of compressed blocks', () => {
    const block = zstdBlock(2, 3, Buffer.alloc(3));
    const small = Buffer.from('28b52ffd0058', 'hex');
    refusedUnseen('zstd', Buffer.concat([small, ...Array(1000).fill(block)]), /would have more when/);
  });
});

describe('a gzip bomb is stopped at the limit', () => {
  it.each([1, 64])('1 GiB in %i members, without the memory for it', async (members) => {
    const member = await compressPlainly('gzip', Buffer.alloc((1024 * MIB) / members / 4));
    const bomb = compressedBatch('gzip', Buffer.concat(Array(members * 4).fill(member)));
    const before = process.memoryUsage().rss;
    await expectRefused(bomb, /would have more when decompressed with gzip; the limit is 1048576/, {
      maxUncompressedBytes: MIB,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
  });
});

describe('framing that is not as it should be', () => {
  it.each(CODECS)('bytes behind it are refused (%s)', async (codec) => {
    const compressed = await compressPlainly(codec, RECORDS);
    await expectRefused(compressedBatch(codec, Buffer.concat([compressed, Buffer.from('more')])), /./);
    await expectRefused(compressedBatch(codec, Buffer.concat([compressed, Buffer.alloc(4)])), /./);
  });

  it.each(CODECS)('a missing end is refused (%s)', async (codec) => {
    const compressed = await compressPlainly(codec, RECORDS);
    for (const cut of [1, 2, 3, 4, 5, 100]) {
      await expectRefused(compressedBatch(codec, compressed.subarray(0, -cut)), /./);
    }
  });

  it.each(CODECS)('nothing at all is refused (%s)', async (codec) => {
    await expectRefused(compressedBatch(codec, NONE), /./);
  });

  it.each(['lz4', 'zstd'] as const)('a second frame is refused (%s)', async (codec) => {
    const compressed = await compressPlainly(codec, RECORDS);
    const twice = Buffer.concat([compressed, compressed]);
    refusedUnseen(codec, twice, /follow the frame; expected exactly one frame/);
  });

  it('gzip members are read one after the other, as Java does', async () => {
    const halves = [RECORDS.subarray(0, 1000), RECORDS.subarray(1000)];
    const members = await Promise.all(halves.map((half) => compressPlainly('gzip', half)));
    const batch = compressedBatch('gzip', Buffer.concat(members));
    expect((await validateCompressedBatch(batch, LIMITS)).recordsCount).toBe(RECORDS_COUNT);
  });

  it.each([
    ['another version', 0x20, 0x40, /expected version 01/],
    ['a dictionary', 0x61, 0x40, /no dictionary/],
    ['a reserved flag', 0x62, 0x40, /flags are 0x62/],
    ['linked blocks', 0x40, 0x40, /linked, which Kafka's readers refuse/],
    ['too small a block size', 0x60, 0x30, /block descriptor is 0x30/],
    ['a reserved bit in the descriptor', 0x60, 0xc0, /block descriptor is 0xc0/],
  ])('lz4: %s', (_, flags, descriptor, reason) => {
    refusedUnseen('lz4', lz4Frame(flags, descriptor, Buffer.alloc(5)), reason);
  });

  it('lz4: a checksum that is cut off', () => {
    refusedUnseen('lz4', lz4Frame(0x64, 0x40, Buffer.alloc(5 + 3)), /ends within its checksum/);
  });

  it('zstd: a last block or a checksum that is cut off', () => {
    const block = zstdBlock(0, 5, Buffer.alloc(4), true);
    refusedUnseen(
      'zstd',
      Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), block]),
      /ends within its last block or checksum/,
    );
    const whole = zstdBlock(0, 5, Buffer.alloc(5), true);
    refusedUnseen(
      'zstd',
      Buffer.concat([Buffer.from('28b52ffd0458', 'hex'), whole]),
      /ends within its last block or checksum/,
    );
  });

  it('lz4: a block larger than the header allows', () => {
    const block = Buffer.alloc(4 + 65537);
    block.writeUInt32LE(0x80000000 + 65537);
    refusedUnseen('lz4', lz4Frame(0x60, 0x40, Buffer.alloc(1), block), /a block of 65537 bytes/);
  });

  it.each([
    ['a dictionary', '28b52ffd0158000000', /expected no dictionary/],
    ['a reserved bit', '28b52ffd0858000000', /descriptor is 0x8/],
    ['an undefined block', '28b52ffd0058070000', /a block of type 3/],
    ['no blocks', '28b52ffd0058', /ends before its last block/],
    ['a skippable frame', '502a4d1800000000', /does not begin with a frame/],
  ])('zstd: %s', (_, frame, reason) => {
    refusedUnseen('zstd', Buffer.from(frame, 'hex'), reason);
  });

  it.each([
    ['half a header', '82534e41505059000000', /first 16 bytes/],
    ['half a length', '82534e415050590000000001000000010000', /ends within a block's length/],
    ['an empty block', '82534e4150505900000000010000000100000000', /a block of 0 bytes/],
    ['a negative block', '82534e41505059000000000100000001ffffffff', /a block of -1 bytes/],
    [
      'a block beyond the end',
      '82534e4150505900000000010000000100000009ff',
      /a block of 9 bytes with 1 left/,
    ],
    ['a length without end', 'ffffffffffffff', /does not begin with its uncompressed length/],
  ])('snappy: %s', (_, bytes, reason) => {
    refusedUnseen('snappy', Buffer.from(bytes, 'hex'), reason);
  });
});

describe('framing that other clients use', () => {
  const records = rawRecord(0, 0, 0, -1, 5, Buffer.from('value'), 0);

  it('zstd with a content size, in raw blocks', async () => {
    const half = records.length >> 1;
    const frame = zstdFrame(
      BigInt(records.length),
      zstdBlock(0, half, records.subarray(0, half)),
      zstdBlock(0, records.length - half, records.subarray(half), true),
    );
    expect((await validateCompressedBatch(compressedBatch('zstd', frame, 1), LIMITS)).recordsCount).toBe(1);
  });

  it('lz4 with a content size', async () => {
    const fields = Buffer.alloc(8);
    fields.writeBigUInt64LE(BigInt(records.length));
    const block = Buffer.alloc(4);
    block.writeUInt32LE(0x80000000 + records.length);
    const frame = await withLz4HeaderChecksum(
      (checksum) => lz4Frame(0x68, 0x40, fields, checksum, block, records, Buffer.alloc(4)),
      (candidate) =>
        decompressFrame(candidate).then(
          () => true,
          () => false,
        ),
    );
    expect((await validateCompressedBatch(compressedBatch('lz4', frame, 1), LIMITS)).recordsCount).toBe(1);
  });
});

describe("what Kafka's readers ask of our frames", () => {
  const record = { timestampMs: 0, value: Buffer.alloc(100_000, 'respool ') };

  it('lz4: version 01, independent blocks, no dictionary, a size of block that is defined', async () => {
    const frame = (await buildBatch([record], 'lz4')).subarray(61);
    expect(frame.readUInt32LE(0)).toBe(0x184d2204);
    expect(frame[4]! & 0b1110_0011).toBe(0b0110_0000);
    expect(frame[5]! & 0b1000_1111).toBe(0);
    expect(frame[5]! >> 4).toBeGreaterThanOrEqual(4);
  });

  it("snappy: snappy-java's header, and blocks of at most 32 KiB", async () => {
    const framed = (await buildBatch([record], 'snappy')).subarray(61);
    expect(framed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001');
    expect(framed.readUIntLE(20, 3)).toBe(0x028080);
  });
});

/** Refused by the check that cannot decompress, as it does not wait for anything. */
function refusedUnseen(codec: Compression, compressed: Buffer, reason: RegExp): void {
  const batch = compressedBatch(codec, compressed, 1);
  expect(() => validateBatch(batch, { maxUncompressedBytes: MIB })).toThrow(reason);
  expect(() => validateBatch(batch, { maxUncompressedBytes: MIB })).toThrow(InvalidBatchError);
}

async function expectRefused(batch: Buffer, reason: RegExp, limits = LIMITS): Promise<void> {
  const error = await validateCompressedBatch(batch, limits).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InvalidBatchError);
  expect((error as InvalidBatchError).reason).toMatch(reason);
}

function compressedBatch(codec: Compression, compressed: Buffer, recordsCount = RECORDS_COUNT): Buffer {
  return batchOf(compressed, recordsCount, { attributes: COMPRESSIONS.indexOf(codec) });
}
