// Generated files must be committed as they come out: `git status --porcelain` also sees a new file that nobody added.
import { execFileSync } from 'node:child_process';

const GENERATED = ['dist', 'actions', 'docs', 'batchwright.schema.json', 'examples'];
const status = execFileSync('git', ['status', '--porcelain', '--', ...GENERATED], { encoding: 'utf8' });
if (status !== '') {
  process.stderr.write(
    `Generated files differ from what is committed. Run \`npm run generate && npm run build\` and commit:\n${status}`,
  );
  process.exit(1);
}
process.stdout.write('Generated files are fresh.\n');
