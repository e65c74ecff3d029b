import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Identity } from './identity.js';

export const PUBLIC = 'hadir:public';
export const ADMIN_ONLY = 'hadir:admin-only';

/** The route asks nobody who they are. Every other one needs an access token. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Only administrators may call the route; others are refused with admin_only. */
export const AdminOnly = () => SetMetadata(ADMIN_ONLY, true);

/** Who is calling, as a parameter of a route that is not public. */
export const CurrentIdentity = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  return context.switchToHttp().getRequest<{ user: Identity }>().user;
});
