import { type Call, type Comment, invalid, NOT_FOUND, type Operations, refusal } from './model.ts';
import { describeAccount, nodeId, pageUrl, repositoryUrl, time } from './records.ts';

const MOST_CHARACTERS = 65_536;

/** https://docs.github.com/en/rest/issues/comments */
export const commentOperations: Operations = {
  'issues/list-comments': {
    needs: ['pull-requests', 'read'],
    run: call => {
      const issue = Number(call.parameters['issue_number']);
      if (!call.state.pullRequests.has(issue)) return NOT_FOUND;
      const own = call.state.comments.filter(one => one.issue === issue);
      return { status: 200, list: own.map(one => describeComment(one, call)) };
    },
  },

  'issues/create-comment': {
    needs: ['pull-requests', 'write'],
    run: call => {
      const issue = Number(call.parameters['issue_number']);
      if (!call.state.pullRequests.has(issue)) return NOT_FOUND;
      if (call.state.locked.has(issue)) return refusal(403, 'Unable to create comment because issue is locked.');
      const body = String(call.body['body']);
      if (body.length > MOST_CHARACTERS) return tooLong();
      const comment = {
        id: call.nextId(),
        issue,
        author: call.account,
        createdAt: call.now,
        updatedAt: call.now,
        body,
      };
      call.state.comments.push(comment);
      return { status: 201, body: describeComment(comment, call) };
    },
  },

  'issues/update-comment': {
    needs: ['pull-requests', 'write'],
    run: call => {
      const comment = call.state.comments.find(({ id }) => String(id) === call.parameters['comment_id']);
      if (!comment) return NOT_FOUND;
      const body = String(call.body['body']);
      if (body.length > MOST_CHARACTERS) return tooLong();
      Object.assign(comment, { body, updatedAt: call.now });
      return { status: 200, body: describeComment(comment, call) };
    },
  },
};

function tooLong() {
  return invalid('IssueComment', 'body', `body is too long (maximum is ${MOST_CHARACTERS} characters)`);
}

function describeComment(one: Comment, call: Call) {
  return {
    ...{ id: one.id, node_id: nodeId('IC', one.id), url: `${repositoryUrl(call)}/issues/comments/${one.id}` },
    html_url: `${pageUrl(call)}/pull/${one.issue}#issuecomment-${one.id}`,
    issue_url: `${repositoryUrl(call)}/issues/${one.issue}`,
    ...{ user: describeAccount(one.author, call), author_association: one.author.association, body: one.body },
    ...{ created_at: time(one.createdAt), updated_at: time(one.updatedAt) },
  };
}
