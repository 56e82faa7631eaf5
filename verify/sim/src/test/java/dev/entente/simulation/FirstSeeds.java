package dev.entente.simulation;

import dev.entente.simulation.mutant.Mutant;

/**
 * The first seed that detects each broken rule. The seeds change when the simulation draws its random values
 * differently; the deep form of {@link SimulationTest} prints them.
 */
final class FirstSeeds {
    private FirstSeeds() {}

    static long of(Mutant mutant) {
        return switch (mutant) {
            case NONE -> throw new IllegalArgumentException("it breaks no rule");
            case BOUND_RESPONSE_NOT_DURABLE,
                    CALL_BEFORE_ACCEPT,
                    DEADLINE_LIFTS_OPERATORS_PARK,
                    LAST_OK_BEATS_DEADLINE,
                    NEVER_HAPPENED_WITHOUT_TOMBSTONE,
                    PENDING_READ_AS_UNCALLED,
                    PREVIEW_LEAVES_OUT_CALLS,
                    REGISTRATION_NOT_RECORDED,
                    RESTORED_DUE_AT_DEADLINE,
                    UNDO_BEFORE_DECISION_DURABLE,
                    WAITING_COUNTS_AS_CALLED -> 1;
            case BEHIND_REJECTED_IS_MAYBE -> 2;
            case DOUBT_TAKEN_AS_FAILED, PASSING_ERROR_PARKS, CAPACITY_AHEAD_UNSEEN, UNDO_REQUIREMENT_NOT_DURABLE -> 3;
            case FIRST_FENCE_UNKNOWN -> 5;
            case BEHIND_UNRECORDED_IS_NEVER -> 6;
            case UNREADABLE_ROW_BLOCKS_CLAIMS, UNTRIED_CHILD_CONFIRMED -> 8;
            case ANSWERS_FROM_OLD_MEMORY -> 10;
            case HUNG_PARTICIPANT_TAKES_ALL_CAPACITY -> 14;
            case BLIND_OBSERVER -> 39;
            case NEWER_ROW_ADOPTED, SENT_MESSAGE_ABORTED -> 18;
            case NO_WRITE_AHEAD_OF_PIVOT -> 19;
            case UNDO_ONE_STEP_AWAY -> 22;
            case UNNAMED_CHILD_CONFIRMED -> 25;
            case LATE_LOCAL_COMMIT -> 29;
            case RETRY_MAKES_ATTEMPT_FIRST, SKIP_FENCE -> 30;
            case OWN_QUEUE_KEEPS_CAPACITY -> 31;
            case LEASE_BY_MONOTONIC_CLOCK, RENEWAL_AFTER_DEATH -> 33;
            case APPROVAL_NOT_DURABLE, CONNECTING_COUNTS_AS_ATTEMPT -> 36;
            case DEAD_OWNERS_CALLS_IGNORED, TRUST_ANY_REJECTED -> 44;
            case RELEASED_WHILE_OLD_LEASES_LAST -> 47;
            case CHILDREN_OF_REJECTED_LEFT -> 53;
            case UNREACHABLE_COUNTS_TOO_SOON -> 56;
            case UNDO_OVERTAKES_DEAD_OWNERS_CALL -> 58;
            case UNTRIED_BRANCH_CONFIRMED -> 70;
            case COMPLETION_UNDONE_SETTLES -> 72;
            case FENCES_BEHIND_PARTICIPANTS -> 76;
            case LOST_LOCK_IGNORED -> 107;
            case STRAYS_LOOKED_FOR_ONCE -> 112;
            case DEADLINE_OVER_FAILOVER -> 116;
            case BARRIER_WITHOUT_VERDICTS -> 153;
            case UNWANTED_CALL_LEAVES -> 161;
            case REGISTER_BY_STATE_ALONE -> 436;
        };
    }
}
