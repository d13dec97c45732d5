// Packages `program.js` as the component `program.wasm`.

import { writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const { component } = await componentize({
  sourcePath: 'program.js',
  witPath: 'wit',
  worldName: 'program',
  // The program is a command, not a server.
  disableFeatures: ['fetch-event'],
});
await writeFile('program.wasm', component);
