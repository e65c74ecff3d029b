import { IsEmail, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsLine } from '../common/text.js';
import { IsNewPassword, IsPassword } from './new-password.js';

export class RegisterBody {
  @IsEmail()
  @MaxLength(254)
  email: string;

  @IsNewPassword()
  password: string;

  @IsLine(1, 80)
  display_name: string;
}

export class LoginBody {
  @IsString()
  @MaxLength(254)
  email: string;

  @IsPassword()
  password: string;

  /** A name by which the user will know this session. */
  @IsOptional()
  @IsLine(1, 100)
  device_name?: string;
}

export class RefreshBody {
  @IsString()
  @MaxLength(4096)
  refresh_token: string;
}

export class ChangePasswordBody {
  @IsPassword()
  current_password: string;

  @IsNewPassword()
  new_password: string;
}
