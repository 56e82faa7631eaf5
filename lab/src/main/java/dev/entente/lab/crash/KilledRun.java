package dev.entente.lab.crash;

import dev.entente.rig.KillCycles;

/** The findings of a run under kills. */
public record KilledRun(Reckoning reckoning, KillCycles.Toll toll) {
    /** Ends that are not those of the ledgers, or not those that a client was told. */
    public long contradictions() {
        return reckoning.verdict().contradictions() + reckoning.toldOtherwise();
    }
}
