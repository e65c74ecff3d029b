import { IsEmail, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsLine } from '../common/text.js';
import { IsNewPassword, IsPassword } from './new-password.js';

// Rules are asked from the one beside the field upwards, and the first that is broken is told.

export class RegisterBody {
  @MaxLength(254)
  @IsEmail()
  email: string;

  @IsNewPassword()
  password: string;

  @IsLine(1, 80)
  display_name: string;
}

export class LoginBody {
  @MaxLength(254)
  @IsString()
  email: string;

  @IsPassword()
  password: string;

  /** A name by which the user will know this session. */
  @IsOptional()
  @IsLine(1, 100)
  device_name?: string;
}

export class RefreshBody {
  @MaxLength(4096)
  @IsString()
  refresh_token: string;
}

export class ChangePasswordBody {
  @IsPassword()
  current_password: string;

  @IsNewPassword()
  new_password: string;
}
