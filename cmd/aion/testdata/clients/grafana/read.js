// Sends requests to a JSON datasource as simPod's plugin does and reads the answers
// with Grafana's own code. With a dashboard it draws the dashboard's panels: prints
// for each how many series it has and of what; without, the frames of some targets.
//
//   node read.js URL targets TARGETS
//   node read.js URL dashboard FILE SITES
const fs = require('fs');

globalThis.window = globalThis; // which the library looks into for Grafana's settings

const {toDataFrame, getFieldDisplayName} = require('@grafana/data');

const [url, what, given, sites] = process.argv.slice(2);

// panel is the frames of a panel's answer.
async function panel(targets, from, to) {
  const answer = await fetch(url + '/query', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({
      app: 'dashboard', requestId: targets[0].refId === 'Anno' ? 'AQ1' : 'Q1', timezone: 'browser', panelId: 1,
      range: {from: new Date(from).toISOString(), to: new Date(to).toISOString(), raw: {from: 'now-30d', to: 'now'}},
      interval: '1h', intervalMs: 3600000, maxDataPoints: 800, scopedVars: {}, startTime: 1, filters: [], targets,
    }),
  });
  if (answer.status !== 200) {
    throw new Error(answer.status + ' ' + (await answer.text()));
  }
  return (await answer.json()).map(toDataFrame);
}

// shown is a frame as a line of text.
function shown(frame) {
  const fields = frame.fields.map((f) =>
    `${getFieldDisplayName(f, frame, [frame])}:${f.type}[${Array.from(f.values).map((v) => JSON.stringify(v)).join(' ')}]`);
  return `${frame.refId} ${frame.length} ${fields.join(' ')}`;
}

// interpolated is a builder's payload with the variable of the dashboard.
function interpolated(payload) {
  return JSON.parse(JSON.stringify(payload).replaceAll('$site', sites));
}

async function main() {
  if (what === 'targets') {
    for (const frame of await panel(JSON.parse(given), 1767225600000, 1767229200000)) {
      console.log(shown(frame));
    }
    return;
  }
  const now = Date.now();
  for (const p of JSON.parse(fs.readFileSync(given, 'utf8')).panels) {
    const frames = await panel(p.targets.map((t) => ({...t, payload: interpolated(t.payload)})), now - 30 * 86400000, now);
    const kinds = [...new Set(frames.flatMap((f) => f.fields.map((x) => x.type)))].join(' ');
    console.log(`${p.title}: ${frames.length} of ${kinds}, empty ${frames.filter((f) => f.length === 0).length}`);
  }
}

main();
