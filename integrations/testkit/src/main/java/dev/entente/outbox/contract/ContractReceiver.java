package dev.entente.outbox.contract;

import dev.entente.outbox.OutgoingMessage;
import java.util.List;
import java.util.Map;

/** A real receiver for the carrier under test, with controlled behaviour. Thread-safe. */
public interface ContractReceiver {
    /** The behaviour of a receiver towards incoming messages. */
    enum Behaviour {
        /** Acknowledges the message. */
        TAKE,
        /** Accepts nothing and answers nothing, until the behaviour changes. */
        HANG,
        /** Answers with a temporary failure. */
        FAIL,
        /** Answers with a permanent refusal. */
        REFUSE,
        /** Does not listen. */
        BE_AWAY
    }

    /**
     * Sets the behaviour from now on.
     *
     * @return false if this kind of receiver does not support it; then nothing changed
     */
    boolean behave(Behaviour behaviour);

    /**
     * Creates a message that the receiver accepts.
     *
     * @param payloadBytes the approximate size; at least 64
     * @param headers to be sent with the message
     */
    OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers);

    /** A message that the receiver accepted. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its content
    record Taken(String id, byte[] payload, Map<String, String> metadata) {}

    /** Returns all accepted messages, in the order of arrival. */
    List<Taken> taken();
}
