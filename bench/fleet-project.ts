/** The fleet's configuration in a folder of its own: all environments in one account, since one run has one account's credentials. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const TEMPLATE = 'templates/job-definitions/ec2-spot.json.hbs';

export interface FleetProject {
  readonly folder: string;
  /** Of its targets, each once. */
  readonly regions: readonly string[];
  /** Names the configuration of `account`, with tiers that time out `later` seconds later than before: the same names, other content. */
  write(account: string, later?: number): Promise<string>;
}

export async function createFleetProject(folder: string): Promise<FleetProject> {
  await cp(join(ROOT, TEMPLATE), join(folder, 'job.json.hbs'));
  const fleet = await readFile(join(ROOT, 'bench/fleet/batchwright.yml'), 'utf8');
  return {
    folder,
    regions: [...new Set([...fleet.matchAll(/regions: \[(.*)\]/g)].flatMap(([, list = '']) => list.split(', ')))],
    async write(account, later = 0) {
      const path = join(folder, `${account}-${later}.yml`);
      const text = fleet
        .replace(/account: "\d{12}"/g, `account: "${account}"`)
        .replace(/template: .*/, 'template: job.json.hbs')
        .replace(/timeoutSeconds: (\d+)/g, (_, seconds) => `timeoutSeconds: ${Number(seconds) + later}`);
      await writeFile(path, text);
      return path;
    },
  };
}
