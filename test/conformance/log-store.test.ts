/** The engines that there are, each held against the same suite: files in this process, and a broker over gRPC. */
import { openLogStore } from '../../segment-store/index.js';
import { Broker, formatAddress } from '../../server/index.js';
import { temporaryFolder } from '../segment-store/temporary-folder.js';
import { BrokerLogStore } from './broker-log-store.js';
import { describeLayeredLogStore } from './describe-layered-log-store.js';
import { describeLogStore } from './describe-log-store.js';

const folder = temporaryFolder();

const files = (dataDir: () => string) => ({
  open: () => openLogStore({ dataDir: dataDir(), freeSpaceReserveBytes: 0 }),
});

describeLogStore('files', files, () => folder.path);
describeLayeredLogStore('files', files, () => folder.path);

describeLogStore(
  'a broker over gRPC',
  (dataDir) => ({
    open: async () => {
      const broker = await Broker.start({
        dataDir: dataDir(),
        listen: '127.0.0.1:0',
        http: 'off',
        logLevel: 'silent',
        drainTimeoutMs: 200,
        freeSpaceReserveBytes: 0,
      });
      return new BrokerLogStore(formatAddress(broker.address), () => broker.close());
    },
  }),
  () => folder.path,
);
