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
                    PENDING_READ_AS_UNCALLED,
                    NEVER_HAPPENED_WITHOUT_TOMBSTONE,
                    WAITING_COUNTS_AS_CALLED,
                    LAST_OK_BEATS_DEADLINE,
                    RESTORED_DUE_AT_DEADLINE -> 1;
            case BEHIND_REJECTED_IS_MAYBE -> 2;
            case BOUND_RESPONSE_NOT_DURABLE, PASSING_ERROR_PARKS, ROOM_AHEAD_UNSEEN -> 3;
            case FIRST_FENCE_UNKNOWN -> 5;
            case BEHIND_UNRECORDED_IS_NEVER -> 6;
            case UNTRIED_CHILD_CONFIRMED, UNREADABLE_ROW_BLOCKS_CLAIMS -> 8;
            case NO_WRITE_AHEAD_OF_PIVOT, ANSWERS_FROM_OLD_MEMORY -> 10;
            case UNWANTED_CALL_LEAVES -> 11;
            case NEWER_ROW_ADOPTED, SENT_MESSAGE_ABORTED -> 18;
            case HUNG_PARTICIPANT_TAKES_ALL_ROOM -> 22;
            case DOUBT_TAKEN_AS_FAILED -> 24;
            case UNNAMED_CHILD_CONFIRMED -> 26;
            case UNDO_REQUIREMENT_NOT_DURABLE -> 28;
            case LATE_LOCAL_COMMIT -> 29;
            case RETRY_MAKES_ATTEMPT_FIRST, DEADLINE_OVER_FAILOVER -> 30;
            case REGISTRATION_NOT_RECORDED, STRAYS_LOOKED_FOR_ONCE -> 31;
            case RENEWAL_AFTER_DEATH, DEADLINE_LIFTS_OPERATORS_PARK, LEASE_BY_MONOTONIC_CLOCK -> 33;
            case CONNECTING_COUNTS_AS_ATTEMPT, APPROVAL_NOT_DURABLE -> 36;
            case BLIND_OBSERVER -> 39;
            case TRUST_ANY_REJECTED, DEAD_OWNERS_CALLS_IGNORED -> 44;
            case CHILDREN_OF_REJECTED_LEFT -> 53;
            case UNREACHABLE_COUNTS_TOO_SOON -> 56;
            case UNDO_ONE_STEP_AWAY -> 58;
            case COMPLETION_UNDONE_SETTLES -> 68;
            case SKIP_FENCE, UNTRIED_BRANCH_CONFIRMED -> 70;
            case LOST_LOCK_IGNORED -> 107;
            case OWN_LANE_KEEPS_ROOM -> 129;
            case BARRIER_WITHOUT_VERDICTS -> 219;
            case REGISTER_BY_STATE_ALONE -> 436;
        };
    }
}
