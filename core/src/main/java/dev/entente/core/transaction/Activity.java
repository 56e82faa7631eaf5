package dev.entente.core.transaction;

/** The current work of the transaction's owner for one branch. */
public enum Activity {
    NONE,
    /** The engine checks the position of this delivery in its queue. No call has left. */
    AWAITING_POSITION,
    /** All earlier deliveries are finished, and this is final. The call may leave. */
    AT_HEAD,
    /** A call is in flight. */
    CALLING
}
