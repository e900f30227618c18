/** An origin in a process of its own, to be stopped and killed: answers every path with its name, and says its port when it listens. */

import { createServer } from 'node:http';

const [name = 'origin'] = process.argv.slice(2);
const server = createServer((_, response) => response.end(name));
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
process.on('disconnect', () => process.exit(0));
