package dev.entente.simulation;

import dev.entente.simulation.mutant.Mutant;

/**
 * The first seeds with which broken rules are noticed. They are others once something else is drawn, or drawn
 * otherwise; the deep form of {@link SimulationTest} prints them.
 */
final class FirstSeeds {
    private FirstSeeds() {}

    static long of(Mutant mutant) {
        return switch (mutant) {
            case NONE -> throw new IllegalArgumentException("it breaks no rule");
            case UNDO_BEFORE_DECISION_DURABLE,
                    CALL_BEFORE_ACCEPT,
                    BEHIND_UNRECORDED_IS_NEVER,
                    PENDING_READ_AS_UNCALLED,
                    NEVER_HAPPENED_WITHOUT_TOMBSTONE,
                    WAITING_COUNTS_AS_CALLED,
                    RESTORED_DUE_AT_DEADLINE,
                    PASSING_ERROR_PARKS,
                    LAST_OK_BEATS_DEADLINE -> 1;
            case BEHIND_REJECTED_IS_MAYBE -> 2;
            case BOUND_RESPONSE_NOT_DURABLE, ROOM_AHEAD_UNSEEN -> 3;
            case FIRST_FENCE_UNKNOWN -> 5;
            case NO_WRITE_AHEAD_OF_PIVOT, UNTRIED_CHILD_CONFIRMED -> 6;
            case NEWER_ROW_ADOPTED -> 9;
            case ANSWERS_FROM_OLD_MEMORY -> 10;
            case DEAD_OWNERS_CALLS_IGNORED -> 13;
            case SENT_MESSAGE_ABORTED -> 18;
            case LATE_LOCAL_COMMIT, CONNECTING_COUNTS_AS_ATTEMPT, UNREACHABLE_COUNTS_TOO_SOON -> 21;
            case HUNG_PARTICIPANT_TAKES_ALL_ROOM -> 22;
            case CHILDREN_OF_REJECTED_LEFT -> 24;
            case UNNAMED_CHILD_CONFIRMED -> 26;
            case TRUST_ANY_REJECTED -> 27;
            case UNDO_REQUIREMENT_NOT_DURABLE -> 28;
            case RETRY_MAKES_ATTEMPT_FIRST -> 29;
            case REGISTRATION_NOT_RECORDED, STRAYS_LOOKED_FOR_ONCE -> 31;
            case RENEWAL_AFTER_DEATH, DEADLINE_LIFTS_OPERATORS_PARK, LEASE_BY_MONOTONIC_CLOCK -> 33;
            case APPROVAL_NOT_DURABLE -> 36;
            case BLIND_OBSERVER -> 39;
            case UNREADABLE_ROW_BLOCKS_CLAIMS, SKIP_FENCE -> 43;
            case OWN_LANE_KEEPS_ROOM -> 45;
            case DOUBT_TAKEN_AS_FAILED -> 50;
            case COMPLETION_UNDONE_SETTLES -> 68;
            case UNTRIED_BRANCH_CONFIRMED -> 70;
            case LOST_LOCK_IGNORED -> 107;
            case DEADLINE_OVER_FAILOVER -> 108;
            case UNWANTED_CALL_LEAVES, BARRIER_WITHOUT_VERDICTS -> 131;
            case UNDO_ONE_STEP_AWAY -> 144;
            case REGISTER_BY_STATE_ALONE -> 199;
        };
    }
}
