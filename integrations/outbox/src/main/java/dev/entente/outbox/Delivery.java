package dev.entente.outbox;

import java.time.Duration;

/** The result of one attempt to deliver a message. */
public sealed interface Delivery {
    /** The receiver has it. */
    record Delivered() implements Delivery {}

    /**
     * It may have it or not; another attempt may help. Some of these on end, and the destination gets no attempts for a
     * while.
     *
     * @param error for people; nothing of the payload
     * @param notBefore what the receiver asked for; zero if it did not
     */
    record Unanswered(String error, Duration notBefore) implements Delivery {}

    /**
     * Nobody takes it where it is addressed: no such topic, path or method, or no right to it. That may be on its way,
     * as in a roll-out: it is attempted again for a minute or two, and a person is asked then.
     *
     * @param error for people; nothing of the payload
     */
    record Misconfigured(String error) implements Delivery {}

    /**
     * No further attempt helps: the receiver, or the carrier, would say the same again.
     *
     * @param error for people; nothing of the payload
     */
    record Refused(String error) implements Delivery {}
}
