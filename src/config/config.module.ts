import { type DynamicModule, Global, Module } from '@nestjs/common';
import {
  AuthSettings,
  ClusterSettings,
  DatabaseSettings,
  LogSettings,
  PresenceSettings,
  RealtimeSettings,
  RoomSettings,
  ServerSettings,
  type Settings,
  TypingSettings,
} from './settings.js';

/** Hands the settings out in slices: a class that needs to know the grace injects PresenceSettings and sees nothing else. */
@Global()
@Module({})
export class ConfigModule {
  static with(settings: Settings): DynamicModule {
    const providers = [
      { provide: ServerSettings, useValue: settings.server },
      { provide: DatabaseSettings, useValue: settings.database },
      { provide: ClusterSettings, useValue: settings.cluster },
      { provide: AuthSettings, useValue: settings.auth },
      { provide: RealtimeSettings, useValue: settings.realtime },
      { provide: PresenceSettings, useValue: settings.presence },
      { provide: RoomSettings, useValue: settings.rooms },
      { provide: TypingSettings, useValue: settings.typing },
      { provide: LogSettings, useValue: settings.log },
    ];
    return { module: ConfigModule, providers, exports: providers };
  }
}
