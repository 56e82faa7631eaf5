package dev.entente.simulation.mutant;

import dev.entente.simulation.store.StoreMutant;
import java.util.Locale;

/** An engine, store or participant that breaks one rule, so that the simulation can show that it detects the fault. */
public enum Mutant {
    NONE,
    SKIP_FENCE(StoreMutant.FENCE_SKIPPED),
    FIRST_FENCE_UNKNOWN,
    UNDO_BEFORE_DECISION_DURABLE,
    CALL_BEFORE_ACCEPT,
    TRUST_ANY_REJECTED,
    CONNECTING_COUNTS_AS_ATTEMPT,
    UNREACHABLE_COUNTS_TOO_SOON,
    UNDO_ONE_STEP_AWAY,
    BEHIND_UNRECORDED_IS_NEVER,
    BEHIND_REJECTED_IS_MAYBE,
    PENDING_READ_AS_UNCALLED,
    NO_WRITE_AHEAD_OF_PIVOT,
    BOUND_RESPONSE_NOT_DURABLE,
    APPROVAL_NOT_DURABLE,
    RENEWAL_AFTER_DEATH,
    DOUBT_TAKEN_AS_FAILED(StoreMutant.DOUBT_TAKEN_AS_FAILED),
    BARRIER_WITHOUT_VERDICTS,
    RETRY_MAKES_ATTEMPT_FIRST,
    NEVER_HAPPENED_WITHOUT_TOMBSTONE,
    REGISTER_BY_STATE_ALONE(StoreMutant.REGISTER_BY_STATE_ALONE),
    UNTRIED_BRANCH_CONFIRMED,
    UNTRIED_CHILD_CONFIRMED,
    UNNAMED_CHILD_CONFIRMED,
    CHILDREN_OF_REJECTED_LEFT,
    DEADLINE_OVER_FAILOVER(StoreMutant.DUE_AFTER_FAILOVER),
    DEAD_OWNERS_CALLS_IGNORED,
    UNDO_OVERTAKES_DEAD_OWNERS_CALL,
    LATE_LOCAL_COMMIT,
    LOST_LOCK_IGNORED,
    ANSWERS_FROM_OLD_MEMORY,
    WAITING_COUNTS_AS_CALLED,
    COMPLETION_UNDONE_SETTLES,
    PASSING_ERROR_PARKS(StoreMutant.PASSING_ERROR_FINAL),
    NEWER_ROW_ADOPTED(StoreMutant.NEWER_CLAIMED),
    DEADLINE_LIFTS_OPERATORS_PARK,
    HUNG_PARTICIPANT_TAKES_ALL_ROOM,
    UNWANTED_CALL_LEAVES,
    LAST_OK_BEATS_DEADLINE,
    UNREADABLE_ROW_BLOCKS_CLAIMS(StoreMutant.UNREADABLE_BLOCKS),
    RELEASED_WHILE_OLD_LEASES_LAST,
    RESTORED_DUE_AT_DEADLINE(StoreMutant.DUE_AFTER_RESTORE),
    REGISTRATION_NOT_RECORDED,
    LEASE_BY_MONOTONIC_CLOCK,
    BLIND_OBSERVER,
    UNDO_REQUIREMENT_NOT_DURABLE,
    ROOM_AHEAD_UNSEEN,
    OWN_LANE_KEEPS_ROOM,
    STRAYS_LOOKED_FOR_ONCE,
    SENT_MESSAGE_ABORTED,
    PREVIEW_LEAVES_OUT_CALLS,
    FENCES_BEHIND_PARTICIPANTS(StoreMutant.FENCES_NOT_RAISED);

    private final StoreMutant store;

    Mutant() {
        this(StoreMutant.NONE);
    }

    Mutant(StoreMutant store) {
        this.store = store;
    }

    /** Returns the name for the command line: {@code skip-fence}. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the fault of the store. */
    public StoreMutant store() {
        return store;
    }
}
