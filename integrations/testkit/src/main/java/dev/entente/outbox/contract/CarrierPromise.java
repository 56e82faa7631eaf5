package dev.entente.outbox.contract;

/** A promise of a carrier that relays rely on. */
public enum CarrierPromise {
    /** Reports delivered when the receiver has the message; payload and metadata arrive unchanged. */
    DELIVERS_WHAT_IT_WAS_GIVEN,
    /** Delivers a message of the largest size that an outbox accepts. */
    CARRIES_THE_LARGEST,
    /** Sends a repetition with the same id and another attempt. */
    REPEATS_UNDER_THE_SAME_ID,
    /** Returns from the start of an attempt although the receiver hangs. */
    STARTS_WITHOUT_BLOCKING,
    /** Ends an attempt in time, as unanswered, although the receiver hangs. */
    ENDS_IN_TIME,
    /** Reports unanswered if the receiver fails temporarily. */
    REPORTS_A_TEMPORARY_FAILURE,
    /** Reports refused if the receiver would refuse the message again. */
    REPORTS_A_REFUSAL,
    /** Reports unanswered while there is no receiver, and delivers once there is one. */
    SURVIVES_AN_ABSENT_RECEIVER,
    /** Keeps the order of messages if each attempt begins after the delivery of the one before. */
    KEEPS_ORDER,
    /** Delivers many messages at once. Each has its own result, and none waits for a message that hangs. */
    DELIVERS_MANY_AT_ONCE,
    /** Keeps the payload out of errors. */
    KEEPS_PAYLOADS_OUT_OF_ERRORS
}
