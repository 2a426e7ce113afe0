// Leads Node from the document's `localhost:8080` to where the server of the test listens, as the resolver rule does in
// Chromium: port 8080 may be taken, and the example stays as it is.
const net = require('node:net');

const { connect } = net;
net.connect = (options, ...rest) => {
  const isDocuments = options.host === 'localhost' && Number(options.port) === 8080;
  const here = { host: '127.0.0.1', port: process.env.TASKMD_PORT };
  return connect(isDocuments ? { ...options, ...here } : options, ...rest);
};
