import { expect, test } from '@jest/globals';
import { findBlockedReason } from '../../src/jobs/blocked-reason.ts';

test.each([
  ['CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none', 'wait', 'instance types and availability zones'],
  ['CAPACITY:SOMETHING_NEW', 'wait', 'waiting for capacity'],
  ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', 'never', 'maxvCpus'],
  ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job', 'never', '7,985 MiB'],
  ['MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED', 'never', 'AMI'],
  ['MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS', 'never', 'service role'],
  ['MISCONFIGURATION:SOMETHING_NEW', 'never', 'misconfigured'],
  ['ACTION_REQUIRED - CE(s) associated', 'never', 'INVALID'],
  ['UNDETERMINED - unknown', 'wait', 'quota'],
])('%s: %s', (statusReason, outlook, advice) => {
  expect(findBlockedReason(statusReason)).toMatchObject({ outlook, advice: expect.stringContaining(advice) });
});

test.each([undefined, '', 'CAPACITYX', 'CAPACITYX:INSUFFICIENT', 'no CAPACITY', 'Host EC2 (instance i-1) terminated.'])(
  '%j is none',
  text => {
    expect(findBlockedReason(text)).toBeUndefined();
  },
);
