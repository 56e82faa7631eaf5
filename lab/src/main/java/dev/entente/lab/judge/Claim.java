package dev.entente.lab.judge;

import java.util.Set;

/**
 * How one accepted transaction ended, as the coordinator has it.
 *
 * @param branches the ids in its plan
 * @param tcc whether it completes: otherwise it is a saga
 */
public record Claim(String gid, boolean tcc, Set<String> branches, End end) {
    /** How it stands after everything was given time to end. */
    public enum End {
        SUCCEEDED,
        ABORTED,
        /** Waits for an operator: no verdict about its effects. */
        PARKED,
        /** Accepted, and now unknown, or neither ended nor parked. */
        LOST
    }
}
