import { type Call, type Deployment, type DeploymentStatus, invalid, NOT_FOUND, type Operations } from './model.ts';
import { describeAccount, nodeId, repositoryUrl, time } from './records.ts';

/** https://docs.github.com/en/rest/deployments */
export const deploymentOperations: Operations = {
  'repos/create-deployment': {
    needs: ['deployments', 'write'],
    run: call => {
      const { body, state } = call;
      const environment = String(body['environment'] ?? 'production');
      // With contexts to wait for, a commit whose checks still run is refused; this repository's always do.
      if ((body['required_contexts'] as readonly string[] | undefined)?.length !== 0) {
        const message = 'Conflict: Commit status checks failed for the ref.';
        return { status: 409, body: { message, documentation_url: 'https://docs.github.com/rest' } };
      }
      const deployment: Deployment = {
        id: call.nextId(),
        sha: String(body['ref']),
        ref: String(body['ref']),
        task: String(body['task'] ?? 'deploy'),
        environment,
        payload: (body['payload'] ?? '') as Deployment['payload'],
        description: (body['description'] ?? null) as string | null,
        productionEnvironment: Boolean(body['production_environment'] ?? environment === 'production'),
        transientEnvironment: Boolean(body['transient_environment'] ?? false),
        creator: call.account,
        createdAt: call.now,
        statuses: [],
      };
      state.deployments.push(deployment);
      return { status: 201, body: describeDeployment(deployment, call) };
    },
  },

  'repos/list-deployments': {
    needs: ['deployments', 'read'],
    run: call => {
      const { query, state } = call;
      const wanted = (['sha', 'ref', 'task', 'environment'] as const).filter(name => query.has(name));
      const found = state.deployments.filter(one => wanted.every(name => one[name] === query.get(name)));
      return { status: 200, list: found.toReversed().map(one => describeDeployment(one, call)) };
    },
  },

  'repos/create-deployment-status': {
    needs: ['deployments', 'write'],
    run: call => {
      const deployment = findDeployment(call);
      if (!deployment) return NOT_FOUND;
      const { body } = call;
      const text = (name: string) => String(body[name] ?? '');
      if (text('description').length > 140)
        return invalid('DeploymentStatus', 'description', 'description is too long (maximum is 140 characters)');
      const address = ['log_url', 'environment_url'].find(name => text(name) && !/^https?:\/\//.test(text(name)));
      if (address) return invalid('DeploymentStatus', address, `${address} must use http(s) scheme`);
      const status: DeploymentStatus = {
        id: call.nextId(),
        state: body['state'] as DeploymentStatus['state'],
        description: text('description'),
        environment: text('environment') || deployment.environment,
        logUrl: text('log_url'),
        environmentUrl: text('environment_url'),
        creator: call.account,
        createdAt: call.now,
      };
      if (status.state === 'success' && body['auto_inactive'] !== false) retire(deployment, call);
      deployment.statuses.push(status);
      return { status: 201, body: describeStatus(status, deployment, call) };
    },
  },

  'repos/list-deployment-statuses': {
    needs: ['deployments', 'read'],
    run: call => {
      const deployment = findDeployment(call);
      if (!deployment) return NOT_FOUND;
      const newestFirst = deployment.statuses.toReversed();
      return { status: 200, list: newestFirst.map(one => describeStatus(one, deployment, call)) };
    },
  },
};

function findDeployment({ state, parameters }: Call): Deployment | undefined {
  return state.deployments.find(({ id }) => String(id) === parameters['deployment_id']);
}

/** "An inactive status is only added to deployments that had a success state", and to no production environment. */
function retire({ id, environment }: Deployment, { state, nextId, account, now }: Call): void {
  for (const other of state.deployments) {
    const last = other.statuses.at(-1);
    if (other.id === id || other.environment !== environment || last?.state !== 'success') continue;
    if (other.productionEnvironment || other.transientEnvironment) continue;
    other.statuses.push({
      ...last,
      id: nextId(),
      state: 'inactive',
      description: '',
      creator: account,
      createdAt: now,
    });
  }
}

function describeDeployment(one: Deployment, call: Call) {
  const url = `${repositoryUrl(call)}/deployments/${one.id}`;
  return {
    ...{ url, id: one.id, node_id: nodeId('DE', one.id), sha: one.sha, ref: one.ref, task: one.task },
    ...{ payload: one.payload, environment: one.environment, original_environment: one.environment },
    ...{ description: one.description, creator: describeAccount(one.creator, call) },
    ...{ created_at: time(one.createdAt), updated_at: time(one.statuses.at(-1)?.createdAt ?? one.createdAt) },
    ...{ statuses_url: `${url}/statuses`, repository_url: repositoryUrl(call) },
    ...{ production_environment: one.productionEnvironment, transient_environment: one.transientEnvironment },
  };
}

function describeStatus(one: DeploymentStatus, { id }: Deployment, call: Call) {
  const deployment = `${repositoryUrl(call)}/deployments/${id}`;
  return {
    ...{ url: `${deployment}/statuses/${one.id}`, id: one.id, node_id: nodeId('DES', one.id), state: one.state },
    ...{ description: one.description, environment: one.environment, creator: describeAccount(one.creator, call) },
    ...{ log_url: one.logUrl, target_url: one.logUrl, environment_url: one.environmentUrl },
    ...{ created_at: time(one.createdAt), updated_at: time(one.createdAt), deployment_url: deployment },
    repository_url: repositoryUrl(call),
  };
}
