import { freshId } from '../common/ids.js';

/** Which process this is. A new one at every start, so that nothing of an earlier life is taken for ours. */
export class NodeIdentity {
  readonly id = freshId();
}
