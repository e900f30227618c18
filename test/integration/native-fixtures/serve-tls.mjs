// Serves TLS with certificates that reach the engine as memory files only. Standard input: one JSON line
// {way: 'memfd' | 'tmpfs', main: {certPem, keyPem}, named: {name, certPem, keyPem}}. Prints the port; ends with standard input.
import { createInterface } from 'node:readline';
import { withMemoryFile, withTmpfsFile } from '../../../build/native/memory-file.js';
import { loadUws } from '../../../build/native/uws.js';

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const { way, main, named } = JSON.parse(line);
  const withFile = (text, use) =>
    way === 'memfd'
      ? withMemoryFile(Buffer.from(text), 'penstock-test', use)
      : withTmpfsFile(Buffer.from(text), ['/dev/shm'], use);
  const withPair = (pair, use) =>
    withFile(pair.certPem, (cert_file_name) =>
      withFile(pair.keyPem, (key_file_name) => use({ cert_file_name, key_file_name })),
    );
  const answer = (response) => {
    response.end('ok');
  };
  const uws = loadUws();
  const app = withPair(main, (options) => uws.SSLApp(options)).any('/*', answer);
  withPair(named, (options) => app.addServerName(named.name, options));
  app.domain(named.name).any('/*', answer);
  app.listen('127.0.0.1', 0, (socket) => console.error(uws.us_socket_local_port(socket)));
  lines.on('close', () => app.close());
});
