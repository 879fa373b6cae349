import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createDockerConfig } from '../../src/adapters/docker-config.ts';
import { useTemporaryFolders } from '../local/fixtures/temporary-folder.ts';

const makeFolder = useTemporaryFolders();
const login = { host: 'h', username: 'AWS', password: 'secret' };

describe('a throw-away configuration of Docker', () => {
  test("has the user's contexts and plug-ins, the logins, and is gone afterwards; the user's own is as it was", async () => {
    const own = makeFolder();
    mkdirSync(join(own, 'contexts', 'meta'), { recursive: true });
    writeFileSync(join(own, 'contexts', 'meta', 'x'), 'context');
    writeFileSync(join(own, 'config.json'), '{"currentContext":"x"}');
    const { path, remove } = await createDockerConfig(own).create([login]);
    expect(readdirSync(path).sort()).toEqual(['config.json', 'contexts']);
    expect(readFileSync(join(path, 'contexts', 'meta', 'x'), 'utf8')).toBe('context');
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      currentContext: 'x',
      auths: { h: { auth: Buffer.from('AWS:secret').toString('base64') } },
    });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'config.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(path, 'metadata.json'), '{}');
    await remove();
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(join(own, 'contexts', 'meta', 'x'), 'utf8')).toBe('context');
    expect(readFileSync(join(own, 'config.json'), 'utf8')).toBe('{"currentContext":"x"}');
  });

  test('begins with nothing where the user has none', async () => {
    const { path, remove } = await createDockerConfig('/no/such/folder').create([login]);
    expect(readdirSync(path)).toEqual(['config.json']);
    await remove();
  });

  test('is looked for in DOCKER_CONFIG', async () => {
    const own = makeFolder();
    writeFileSync(join(own, 'config.json'), '{"proxies":{"default":{}}}');
    const before = process.env['DOCKER_CONFIG'];
    process.env['DOCKER_CONFIG'] = own;
    try {
      const { path, remove } = await createDockerConfig().create([login]);
      expect(JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))).toHaveProperty('proxies');
      await remove();
    } finally {
      if (before === undefined) delete process.env['DOCKER_CONFIG'];
      else process.env['DOCKER_CONFIG'] = before;
    }
  });
});
