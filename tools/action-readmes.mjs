// Writes the tables of inputs and outputs into each action's README, between the two markers, from its action.yml.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';

const actions = new URL('../actions/', import.meta.url);
const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const inputTable = inputs => [
  '| Input | Default | |',
  '| --- | --- | --- |',
  ...Object.entries(inputs).map(
    ([name, { description, default: given }]) =>
      `| \`${name}\` | ${given ? `\`${given}\`` : ''} | ${cell(description)} |`,
  ),
];
const outputTable = outputs => [
  '| Output | |',
  '| --- | --- |',
  ...Object.entries(outputs).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`),
];

for (const folder of await readdir(actions, { withFileTypes: true })) {
  if (!folder.isDirectory()) continue;
  const { inputs, outputs } = parse(await readFile(new URL(`${folder.name}/action.yml`, actions), 'utf8'));
  const readme = new URL(`${folder.name}/README.md`, actions);
  const tables = [
    '<!-- inputs and outputs: generated from action.yml -->',
    '',
    ...inputTable(inputs),
    '',
    ...outputTable(outputs),
    '',
    '<!-- end -->',
  ];
  const text = await readFile(readme, 'utf8');
  await writeFile(
    readme,
    text.replace(/<!-- inputs and outputs[\s\S]*?<!-- end -->/, () => tables.join('\n')),
  );
}
