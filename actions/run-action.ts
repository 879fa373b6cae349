import { createActionsHost } from '../src/adapters/actions/host.ts';
import { annotationCommand } from '../src/adapters/actions/workflow-commands.ts';
import { createPorts } from '../src/adapters/ports.ts';
import { cancelOnSignals } from '../src/adapters/signals.ts';
import type { Command } from '../src/commands/command.ts';
import { ConfigurationError, describeProblem } from '../src/errors.ts';
import { type InputTable, readInputs } from '../src/inputs.ts';
import { describeFailure } from '../src/report/describe-failure.ts';
import { renderMarkdown } from '../src/report/render-markdown.ts';
import { renderText } from '../src/report/render-text.ts';

/** Runs one command as a step of a job: inputs from `INPUT_*`; outputs, summary and annotations to the runner. */
export async function runAction<Table extends InputTable>(command: Command<Table>): Promise<void> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const host = createActionsHost(write);
  const cancellation = cancelOnSignals();
  try {
    const inputs = readInputs(command.inputs, name => process.env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`]);
    const nameInput = (name: string) => `the input \`${name}\``;
    const result = await command.run(inputs, createPorts(host.notify, cancellation.signal, { nameInput }));
    // Whoever reads the log need not look for the summary.
    host.end(renderText(result.report));
    // Loaded here and not at the top: it brings undici along, and until now nothing needed it.
    const core = await import('@actions/core');
    for (const [name, value] of Object.entries(result.outputs)) core.setOutput(name, value);
    for (const [name, value] of Object.entries(result.environment ?? {})) core.exportVariable(name, value);
    if (process.env['GITHUB_STEP_SUMMARY'])
      await core.summary.addRaw(fitSummary(renderMarkdown(result.report))).write();
    // A plan that differs is an answer, unless the step was told to fail on it.
    if (result.exitCode === 1 || result.failure !== undefined) {
      write(annotationCommand('error', result.failure ?? `${command.name} failed`));
      process.exitCode = 1;
    }
  } catch (error) {
    host.end();
    const positioned = error instanceof ConfigurationError ? error.problems.filter(({ position }) => position) : [];
    for (const problem of positioned) {
      write(annotationCommand('error', describeProblem({ ...problem, position: undefined }), problem.position));
    }
    if (!(error instanceof ConfigurationError) || positioned.length < error.problems.length) {
      write(annotationCommand('error', describeFailure(error)));
    }
    process.exitCode = 1;
  } finally {
    cancellation.dispose();
  }
}

/** GitHub drops a step's summary above 1 MiB altogether, so it is cut before, and says so. */
function fitSummary(markdown: string): string {
  const limit = 1024 * 1024 - 4096;
  if (Buffer.byteLength(markdown) <= limit) return markdown;
  const cut = Buffer.from(markdown)
    .subarray(0, limit)
    .toString()
    .replace(/[^\n]*$/, '');
  return `${cut}\n\n**This summary was cut at 1 MiB, GitHub's limit.** The step's outputs hold the whole result.\n`;
}
