// Does with KairosDB's client for Node what it can do, and prints what it is
// answered, a line of JSON for each call: node work.js HOST PORT.
'use strict';
const {KairosDB} = require('kairosdb');

const client = new KairosDB(process.argv[2], Number(process.argv[3]));
const elsewhere = new KairosDB(process.argv[2], Number(process.argv[3]), {apiversion: 'v3'});
const start = 1767225600000;

const written = [
  {name: 'npm.one', timestamp: start, value: 21.5, tags: {host: 'a'}},
  {name: 'npm.many', datapoints: [[start, 1], [start + 1000, 2.5], [start + 2000, 3]], tags: {host: 'a'}},
  {name: 'npm.many', datapoints: [[start, 10]], tags: {host: 'b'}},
];

const asked = {
  metrics: [
    {tags: {}, name: 'npm.many', aggregators: [{name: 'sum', align_sampling: true, sampling: {value: '1', unit: 'milliseconds'}}]},
    {tags: {host: ['a']}, name: 'npm.one'},
  ],
  cache_time: 0, start_absolute: start, end_absolute: start + 60000,
};

const calls = [
  ['version', done => client.version((err, answer) => done(err, /^KairosDB [0-9]/.test(answer.version)))],
  ['version of another API', done => elsewhere.version(done)],
  ['write', done => client.datapoints(written, done)],
  ['write a text', done => client.datapoints('text', done)],
  ['write at no time', done => client.datapoints([{name: 'npm.bad', timestamp: 'astring', value: 1, tags: {host: 'a'}}], done)],
  ['query', done => client.query(asked, done)],
];

function next() {
  const call = calls.shift();
  if (!call) {
    process.exit(); // the client does not read the bodies of errors, and their connections stay
  }
  call[1]((err, answer) => {
    console.log(call[0] + ': ' + (err ? err.message : JSON.stringify(answer)));
    next();
  });
}
next();
