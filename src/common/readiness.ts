import { Injectable } from '@nestjs/common';

/** Whether this node still wants new work. It says no from the moment it begins to stop. */
@Injectable()
export class Readiness {
  private draining = false;

  get isDraining(): boolean {
    return this.draining;
  }

  setDraining(): void {
    this.draining = true;
  }
}
