import { Body, Controller, Post } from '@nestjs/common';
import { Answers } from '../common/api-doc.js';
import { Clock } from '../common/clock.js';
import { CurrentCaller, type Caller } from '../common/request.js';
import { CurrentIdentity, Public } from './access.js';
import { Accounts } from './accounts.service.js';
import { ChangePasswordBody, LoginBody, RefreshBody, RegisterBody } from './auth.bodies.js';
import { Auth } from './auth.service.js';
import type { Identity } from './identity.js';
import { Registration } from './registration.js';
import { Sessions } from './sessions.service.js';
import { loginView, ownUserView, showLogin, showOwnUser } from './views.js';

@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: Auth,
    private readonly registration: Registration,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  @Public()
  @Post('register')
  @Answers(201, 'Registration successful', ownUserView, 'email_taken', 'registration_closed', 'unavailable')
  async register(@Body() { email, password, display_name }: RegisterBody, @CurrentCaller() caller: Caller) {
    return showOwnUser(await this.registration.register({ email, password, displayName: display_name }, caller));
  }

  @Public()
  @Post('login')
  @Answers(200, 'Login successful', loginView, 'invalid_credentials', 'unavailable')
  async login(@Body() { email, password, device_name }: LoginBody, @CurrentCaller() caller: Caller) {
    const login = await this.auth.login({ email, password }, { ...caller, deviceName: device_name });
    return showLogin(login, this.clock.now());
  }

  @Public()
  @Post('refresh')
  @Answers(200, 'Token refreshed', loginView, 'refresh_token_invalid', 'refresh_token_reused')
  async refresh(@Body() { refresh_token }: RefreshBody, @CurrentCaller() caller: Caller) {
    return showLogin(await this.auth.refresh(refresh_token, caller), this.clock.now());
  }

  @Post('logout')
  @Answers(200, 'Logged out', null)
  async logout(@CurrentIdentity() { userId, sessionId }: Identity): Promise<void> {
    await this.sessions.close(userId, sessionId);
  }

  @Post('logout-all')
  @Answers(200, 'All sessions ended', null)
  async logoutAll(@CurrentIdentity() { userId }: Identity): Promise<void> {
    await this.sessions.endAll(userId);
  }

  @Post('change-password')
  @Answers(200, 'Password changed', null, 'invalid_credentials', 'unavailable')
  async changePassword(
    @CurrentIdentity() me: Identity,
    @Body() { current_password: current, new_password: next }: ChangePasswordBody,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.accounts.changePassword(me, { current, next }, caller);
  }
}
