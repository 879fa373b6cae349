import { type Call, NOT_FOUND, type Operations, type Run } from './model.ts';
import { describeAccount, describeRepository, nodeId, pageUrl, repositoryUrl, time } from './records.ts';

/** https://docs.github.com/en/rest/actions/workflow-runs, https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event */
export const runOperations: Operations = {
  'repos/create-dispatch-event': {
    needs: ['contents', 'write'],
    run: ({ state, body, nextId, now }) => {
      const clientPayload = (body['client_payload'] ?? {}) as Record<string, unknown>;
      const dispatch = { eventType: String(body['event_type']), clientPayload };
      state.dispatches.push(dispatch);
      const made = { ...{ id: nextId(), event: 'repository_dispatch', createdAt: now }, ...state.workflow(dispatch) };
      state.runs.push({ ...made, status: 'queued', conclusion: null });
      return { status: 204 };
    },
  },

  'actions/list-workflow-runs-for-repo': {
    needs: ['actions', 'read'],
    run: call => {
      const event = call.query.get('event');
      const found = call.state.runs.filter(one => event === null || one.event === event);
      return {
        status: 200,
        list: found.toReversed().map(one => describeRun(one, call)),
        wrap: (page, total) => ({ total_count: total, workflow_runs: page }),
      };
    },
  },

  'actions/get-workflow-run': {
    needs: ['actions', 'read'],
    run: call => {
      const run = call.state.runs.find(({ id }) => String(id) === call.parameters['run_id']);
      if (!run) return NOT_FOUND;
      goOn(run);
      return { status: 200, body: describeRun(run, call) };
    },
  },
};

function goOn(run: Run): void {
  if (!run.ending || run.status === 'completed') return;
  run.status = 'in_progress';
  run.ending.looks -= 1;
  if (run.ending.looks <= 0) Object.assign(run, { status: 'completed', conclusion: run.ending.conclusion });
}

function describeRun(run: Run, call: Call) {
  const url = `${repositoryUrl(call)}/actions/runs/${run.id}`;
  const parts = ['jobs', 'logs', 'artifacts', 'cancel', 'rerun'].map(part => [`${part}_url`, `${url}/${part}`]);
  return {
    ...{ id: run.id, node_id: nodeId('WFR', run.id), name: 'nightly', event: run.event, display_title: run.title },
    ...{ status: run.status, conclusion: run.conclusion, run_number: 1, run_attempt: 1, workflow_id: 1 },
    ...{ head_branch: 'main', head_sha: 'f'.repeat(40), path: '.github/workflows/nightly.yml', head_commit: null },
    ...{ url, html_url: `${pageUrl(call)}/actions/runs/${run.id}`, pull_requests: [] },
    ...{ created_at: time(run.createdAt), updated_at: time(call.now), run_started_at: time(run.createdAt) },
    ...Object.fromEntries(parts),
    check_suite_url: `${repositoryUrl(call)}/check-suites/1`,
    workflow_url: `${repositoryUrl(call)}/actions/workflows/1`,
    ...{ repository: describeRepository(call), head_repository: describeRepository(call) },
    actor: describeAccount(call.account, call),
  };
}
