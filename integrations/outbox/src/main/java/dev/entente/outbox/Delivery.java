package dev.entente.outbox;

import java.time.Duration;

/** The result of one attempt to deliver a message. */
public sealed interface Delivery {
    /** The receiver has the message. */
    record Delivered() implements Delivery {}

    /**
     * The receiver may have the message; another attempt may help. After several consecutive results of this kind the
     * destination gets no attempts for some time.
     *
     * @param error for people, without any part of the payload
     * @param notBefore the wait that the receiver asked for; zero if it asked for none
     */
    record Unanswered(String error, Duration notBefore) implements Delivery {}

    /**
     * The address does not accept the message: the topic, path or method is missing, or access is denied. A roll-out
     * may fix this: the message is attempted again for one or two minutes, and then parked.
     *
     * @param error for people, without any part of the payload
     */
    record Misconfigured(String error) implements Delivery {}

    /**
     * The receiver or the carrier would refuse each further attempt, too.
     *
     * @param error for people, without any part of the payload
     */
    record Refused(String error) implements Delivery {}
}
