package dev.entente.outbox.contract;

/** A promise of a carrier that relays rely on. */
public enum CarrierPromise {
    /** Says delivered when the receiver has it; payload and metadata arrive as they were given. */
    DELIVERS_WHAT_IT_WAS_GIVEN,
    /** Carries a message of the largest size that an outbox takes. */
    CARRIES_THE_LARGEST,
    /** Tells a receiver that a message is a repetition: the same id, another attempt. */
    REPEATS_UNDER_THE_SAME_ID,
    /** Returns from the start of an attempt although the receiver hangs. */
    STARTS_WITHOUT_BLOCKING,
    /** Ends an attempt in time, as unanswered, although the receiver hangs. */
    ENDS_IN_TIME,
    /** Says unanswered where the receiver fails in a way that may pass. */
    TELLS_A_FAILURE_THAT_MAY_PASS,
    /** Says refused where the receiver would say the same again. */
    TELLS_A_REFUSAL,
    /** Says unanswered where nobody listens, and delivers once somebody does. */
    SURVIVES_AN_ABSENT_RECEIVER,
    /** Keeps the order of messages of which each is begun after the one before was delivered. */
    KEEPS_ORDER,
    /** Delivers many at once, each to its own end, and none waits for one that hangs. */
    DELIVERS_MANY_AT_ONCE,
    /** Says nothing of the payload in an error. */
    KEEPS_PAYLOADS_OUT_OF_ERRORS
}
