// Sends requests to a JSON datasource as simPod's plugin does and reads the answers
// with Grafana's own code. With a dashboard it draws the dashboard's panels, for all
// values of its variables: prints for each what it has and what its fields are called;
// without, the frames of some targets.
//
//   node read.js URL targets TARGETS
//   node read.js URL dashboard FILE
const fs = require('fs');

globalThis.window = globalThis; // which the library looks into for Grafana's settings

const {toDataFrame, getFieldDisplayName} = require('@grafana/data');

const [url, what, given] = process.argv.slice(2);

// ask is the answer to a request.
async function ask(path, body) {
  const answer = await fetch(url + path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  if (answer.status !== 200) {
    throw new Error(answer.status + ' ' + (await answer.text()));
  }
  return answer.json();
}

// spanned is a range as Grafana sends it.
function spanned(from, to) {
  return {from: new Date(from).toISOString(), to: new Date(to).toISOString(), raw: {from: 'now-30d', to: 'now'}};
}

// panel is the frames of a panel's answer.
async function panel(targets, from, to) {
  const answer = await ask('/query', {
    app: 'dashboard', requestId: targets[0].refId === 'Anno' ? 'AQ1' : 'Q1', timezone: 'browser', panelId: 1,
    range: spanned(from, to), interval: '1h', intervalMs: 3600000, maxDataPoints: 800, scopedVars: {}, startTime: 1, filters: [], targets,
  });
  return answer.map(toDataFrame);
}

// shown is a frame as a line of text.
function shown(frame) {
  const fields = frame.fields.map((f) =>
    `${getFieldDisplayName(f, frame, [frame])}:${f.type}[${Array.from(f.values).map((v) => JSON.stringify(v)).join(' ')}]`);
  return `${frame.refId} ${frame.length} ${fields.join(' ')}`;
}

// options are the values of a variable, as the plugin reads them.
async function options(variable, from, to) {
  const frame = toDataFrame(await ask('/variable', {payload: {target: variable.query.query}, range: spanned(from, to)}));
  return Array.from(frame.fields.find((f) => f.name === '__value').values);
}

// interpolated is a builder's payload with all values of the variables.
function interpolated(payload, variables) {
  let text = JSON.stringify(payload);
  for (const [name, values] of Object.entries(variables)) {
    const escaped = values.map((v) => v.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
    text = text.replaceAll('$' + name, JSON.stringify('(' + escaped.join('|') + ')').slice(1, -1));
  }
  return JSON.parse(text);
}

// drawn is a panel as a line of text.
function drawn(panel, frames) {
  const kinds = [...new Set(frames.flatMap((f) => f.fields.map((x) => x.type)))].join(' ');
  const names = [...new Set(frames.flatMap((f) => f.fields.map((x) => getFieldDisplayName(x, f, frames))))].sort();
  return `${panel.title}: ${frames.length} of ${kinds}, empty ${frames.filter((f) => f.length === 0).length}: ${names.join(', ')}`;
}

async function main() {
  if (what === 'targets') {
    for (const frame of await panel(JSON.parse(given), 1767225600000, 1767229200000)) {
      console.log(shown(frame));
    }
    return;
  }
  const to = Date.now(), from = to - 30 * 86400000;
  const dashboard = JSON.parse(fs.readFileSync(given, 'utf8'));
  const variables = {};
  for (const v of dashboard.templating.list.filter((v) => v.type === 'query')) {
    variables[v.name] = await options(v, from, to);
    console.log(`${v.label}: ${variables[v.name].join(', ')}`);
  }
  for (const p of dashboard.panels) {
    console.log(drawn(p, await panel(p.targets.map((t) => ({...t, payload: interpolated(t.payload, variables)})), from, to)));
  }
}

main();
